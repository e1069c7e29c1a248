namespace InMidst.Backup.Core.Storage;

/// <summary>The failures of one piece of work since it last got on. Not for several threads at once.</summary>
public sealed class Retries
{
    private readonly RetryPolicy _policy;
    private readonly TimeProvider _clock;
    private long _firstFailure;

    internal Retries(RetryPolicy policy, TimeProvider clock)
    {
        _policy = policy;
        _clock = clock;
    }

    /// <summary>Failures since the work last got on.</summary>
    public int Failures { get; private set; }

    /// <summary>Time since the first of them.</summary>
    public TimeSpan FailingFor => Failures == 0 ? TimeSpan.Zero : _clock.GetElapsedTime(_firstFailure);

    /// <summary>The work got on: what failed before counts no more.</summary>
    public void Progressed() => Failures = 0;

    /// <summary>Counts a failure and waits before the next attempt.</summary>
    /// <param name="limit">Another total time than the policy's.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>False, at once, when the failure is final.</returns>
    public async Task<bool> WaitAsync(TimeSpan? limit, CancellationToken cancellationToken)
    {
        if (Failures++ == 0)
            _firstFailure = _clock.GetTimestamp();
        TimeSpan delay = _policy.DelayAfter(Failures);
        if (FailingFor + delay > (limit ?? _policy.TotalTime))
            return false;
        await Task.Delay(delay, _clock, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
