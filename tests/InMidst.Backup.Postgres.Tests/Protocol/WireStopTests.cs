using InMidst.Backup.Postgres.Protocol;
using Npgsql;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>Giving up what a server is still at work on.</summary>
/// <param name="hasOwnThread">The client's way of waiting.</param>
public abstract class WireStopTests(bool hasOwnThread) : WireClientTests(hasOwnThread)
{
    [Fact]
    public async Task Disposed_while_somebody_waits_for_rows_he_is_told_and_the_server_asked_to_stop()
    {
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('H', 0, 0, 0), Data);
        });
        WireConnection connection = await OpenAsync(server);
        Stream rows = await DoAsync(() => connection.BeginCopyOutAsync("COPY", Token));
        byte[] buffer = new byte[100];
        Assert.Equal(4, await rows.ReadAsync(buffer, Token));
        Task<int> waiting = DoAsync(() => rows.ReadAsync(buffer, Token).AsTask());
        await connection.DisposeAsync();
        NpgsqlException lost = await Assert.ThrowsAsync<NpgsqlException>(() => waiting);
        Assert.IsAssignableFrom<IOException>(lost.InnerException);
        Assert.Single(server.Cancels);
        await rows.DisposeAsync();
    }

    [Fact]
    public async Task Cancelled_while_the_server_takes_nothing_it_ends_and_asks_the_server_to_stop()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.FreezeAsync(stop.Cancel);
        });
        WireConnection connection = await OpenAsync(server);
        // More than both systems keep for somebody who does not read.
        string statement = new('x', 64 << 20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DoAsync(() => connection.ExecuteAsync(statement, stop.Token)));
        await connection.DisposeAsync();
        Assert.Single(server.Cancels);
    }

    [Fact]
    public async Task Cancelled_while_the_server_says_nothing_it_ends_and_asks_the_server_to_stop()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('H', 0, 0, 0), Data);
        });
        WireConnection connection = await OpenAsync(server);
        Stream rows = await DoAsync(() => connection.BeginCopyOutAsync("COPY", Token));
        byte[] buffer = new byte[100];
        Assert.Equal(4, await rows.ReadAsync(buffer, stop.Token));
        Task<int> waiting = DoAsync(() => rows.ReadAsync(buffer, stop.Token).AsTask());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.True(connection.IsBroken);
        await rows.DisposeAsync();
        Assert.Empty(server.Cancels);
        await connection.DisposeAsync();
        Assert.Equal("0000001004d2162e0000000701020304", Convert.ToHexStringLower(Assert.Single(server.Cancels)));
    }

    [Fact]
    public async Task A_server_that_does_not_stop_when_asked_loses_its_connection_only_when_rows_break_off()
    {
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('H', 0, 0, 0), Data);
            while (s.Cancels.IsEmpty)
                await Task.Yield();
            throw new IOException("gone");
        });
        await using WireConnection connection = await OpenAsync(server);
        await DoAsync(async () =>
        {
            Stream rows = await connection.BeginCopyOutAsync("COPY", Token);
            await rows.DisposeAsync();
        });
        Assert.True(connection.IsBroken);
        await Assert.ThrowsAsync<NpgsqlException>(() => DoAsync(() => connection.ExecuteAsync("SELECT 1", Token)));
    }
}
