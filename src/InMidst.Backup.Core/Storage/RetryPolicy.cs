namespace InMidst.Backup.Core.Storage;

/// <summary>
/// How often and when something that failed in a way that may pass is tried again: after a time between zero and a bound that doubles
/// from failure to failure (so that many clients do not come back all at once), until a total time since the first failure is over.
/// </summary>
/// <param name="random">Chooses the times; null for one of its own.</param>
public sealed class RetryPolicy(Random? random = null)
{
    private readonly Lock _gate = new();
    private readonly Random _random = random ?? new Random();

    /// <summary>Bound of the wait after the first failure.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>No wait is longer.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>After this time of nothing but failures the last one is final.</summary>
    public TimeSpan TotalTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Counts the failures of one piece of work.</summary>
    /// <param name="clock">Measures and waits.</param>
    public Retries Start(TimeProvider clock) => new(this, clock);

    /// <summary>How long to wait after so many failures.</summary>
    internal TimeSpan DelayAfter(int failures)
    {
        double bound = Math.Min(LongestDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 30)));
        lock (_gate)
            return TimeSpan.FromMilliseconds(_random.NextDouble() * bound);
    }
}
