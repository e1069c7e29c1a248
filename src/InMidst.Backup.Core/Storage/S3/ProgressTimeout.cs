namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// Ends a request that does not get on, and one that takes so long that its signature grows old: servers take none of more than
/// 15 minutes. Whatever is sent again is signed again.
/// </summary>
internal sealed class ProgressTimeout : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _clock;
    private readonly TimeSpan _stall;
    private readonly long _start;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _both;

    internal ProgressTimeout(TimeProvider clock, TimeSpan stall, CancellationToken cancellationToken)
    {
        _clock = clock;
        _stall = stall;
        _start = clock.GetTimestamp();
        _timer = new CancellationTokenSource(stall, clock);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    /// <summary>Is cancelled by the caller and by the timeout.</summary>
    internal CancellationToken Token => _both.Token;

    /// <summary>Whether the timeout ended the request.</summary>
    internal bool HasExpired => _timer.IsCancellationRequested;

    /// <summary>Something moved.</summary>
    internal void Progressed()
    {
        TimeSpan left = Longest - _clock.GetElapsedTime(_start);
        _timer.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < _stall ? left : _stall);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _both.Dispose();
        _timer.Dispose();
    }
}
