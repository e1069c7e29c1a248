namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>
/// A clock on which waiting passes many times as fast, so that a driver that tries again for minutes is through in seconds. What
/// o'clock it is, it says rightly.
/// </summary>
internal sealed class HurriedClock(int factor = 40) : TimeProvider
{
    public override long GetTimestamp() => System.GetTimestamp() * factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new HurriedTimer(System.CreateTimer(callback, state, Hurried(dueTime), Hurried(period)), this);

    private TimeSpan Hurried(TimeSpan time) => time > TimeSpan.Zero ? time / factor : time;

    private sealed class HurriedTimer(ITimer inner, HurriedClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(clock.Hurried(dueTime), clock.Hurried(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
