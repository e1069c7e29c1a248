using InMidst.Backup.Core.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Storage.Decorators;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = new(new Fraction(0.5));

    [Fact]
    public void Waits_double_up_to_the_longest_and_lie_anywhere_below_the_bound()
    {
        Assert.Equal([100, 200, 400, 800], Enumerable.Range(1, 4).Select(i => Policy.DelayAfter(i).TotalMilliseconds));
        Assert.Equal(TimeSpan.FromSeconds(10), Policy.DelayAfter(50));
        Assert.Equal(TimeSpan.Zero, new RetryPolicy(new Fraction(0)).DelayAfter(10));
    }

    [Fact]
    public async Task A_failure_is_final_when_the_total_time_is_over_and_progress_begins_anew()
    {
        var clock = new FakeTimeProvider();
        Retries retries = new RetryPolicy(new Fraction(0)) { TotalTime = TimeSpan.FromMinutes(5) }.Start(clock);
        Assert.True(await retries.WaitAsync(null, CancellationToken.None));
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await retries.WaitAsync(null, CancellationToken.None));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await retries.WaitAsync(null, CancellationToken.None));
        Assert.Equal(3, retries.Failures);
        retries.Progressed();
        Assert.True(await retries.WaitAsync(null, CancellationToken.None));
        clock.Advance(TimeSpan.FromSeconds(21));
        Assert.False(await retries.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
    }

    [Fact]
    public async Task It_waits_as_long_as_was_chosen_and_can_be_cancelled()
    {
        var clock = new FakeTimeProvider();
        Task<bool> waiting = Policy.Start(clock).WaitAsync(null, CancellationToken.None);
        clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Policy.Start(clock).WaitAsync(null, new CancellationToken(canceled: true)));
    }

    private sealed class Fraction(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
