namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>It is always the same second; timers run as ever.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
