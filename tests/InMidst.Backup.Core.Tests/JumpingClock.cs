using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests;

/// <summary>Whoever waits for a moment finds that it has passed; limits of minutes stay where they are.</summary>
internal sealed class JumpingClock : FakeTimeProvider
{
    private static readonly TimeSpan LongestJump = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly DateTimeOffset _begin;

    public JumpingClock()
        : base(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)) => _begin = GetUtcNow();

    public TimeSpan Elapsed => GetUtcNow() - _begin;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_gate)
        {
            if (dueTime > TimeSpan.Zero && dueTime <= LongestJump)
                Advance(dueTime);
        }

        return timer;
    }
}
