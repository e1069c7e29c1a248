namespace InMidst.Backup.Core.Tests;

public sealed class ByteReserveTests
{
    private const int One = ByteBudget.BufferLength;

    [Fact]
    public async Task Who_waits_is_served_when_a_buffer_comes_back_whoever_gave_it()
    {
        var budget = new ByteBudget(2 * One);
        ByteReserve reserve = budget.Reserve(0);
        byte[] mine = await reserve.RentAsync(CancellationToken.None);
        Assert.True(budget.TryRent(out byte[]? others));
        Task<byte[]> first = reserve.RentAsync(CancellationToken.None);
        Task<byte[]> second = reserve.RentAsync(CancellationToken.None);
        Assert.False(first.IsCompleted);
        budget.Return(others);
        Assert.Same(others, await first);
        Assert.False(second.IsCompleted);
        reserve.Return(mine);
        Assert.Same(mine, await second);
        Assert.Equal(2 * One, budget.Lent);
        Assert.False(budget.TryRent(out _));
    }

    [Fact]
    public async Task What_is_guaranteed_is_lent_beyond_the_capacity_and_not_kept_afterwards()
    {
        var budget = new ByteBudget(One);
        Assert.True(budget.TryRent(out byte[]? all));
        ByteReserve reserve = budget.Reserve((2 * One) - 1);
        byte[][] guaranteed = [await reserve.RentAsync(CancellationToken.None), await reserve.RentAsync(CancellationToken.None)];
        Task<byte[]> third = reserve.RentAsync(CancellationToken.None);
        Assert.False(third.IsCompleted);
        Assert.Equal(3 * One, budget.Lent);
        reserve.Return(guaranteed[0]);
        byte[] again = await third;
        reserve.Return(again);
        reserve.Return(guaranteed[1]);
        budget.Return(all);
        Assert.Equal(0, budget.Lent);
        Assert.True(budget.TryRent(out _));
        Assert.False(budget.TryRent(out _));
    }

    [Fact]
    public async Task Who_stops_waiting_takes_no_buffer_away()
    {
        var budget = new ByteBudget(One);
        ByteReserve reserve = budget.Reserve(0);
        byte[] buffer = await reserve.RentAsync(CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        Task<byte[]> given = reserve.RentAsync(cancellation.Token);
        Task<byte[]> waiting = reserve.RentAsync(CancellationToken.None);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        reserve.Return(buffer);
        Assert.Same(buffer, await waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reserve.RentAsync(cancellation.Token));
        Assert.Equal(One, budget.Lent);
    }

    [Fact]
    public async Task Many_who_hold_and_want_more_never_stop_each_other()
    {
        var budget = new ByteBudget(8 * One);
        long most = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            ByteReserve reserve = budget.Reserve(2 * One);
            for (int round = 0; round < 50; round++)
            {
                // Holds one while it waits for another, as an upload does that fills a part while one is sent.
                byte[] first = await reserve.RentAsync(CancellationToken.None);
                byte[] second = await reserve.RentAsync(CancellationToken.None);
                InterlockedMax(ref most, budget.Lent);
                await Task.Yield();
                reserve.Return(first);
                reserve.Return(second);
            }
        })));
        Assert.Equal(0, budget.Lent);
        Assert.InRange(most, One, (8 + (16 * 2)) * One);
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (long seen = Interlocked.Read(ref most); value > seen; seen = Interlocked.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
