using System.Management.Automation;

namespace InMidst.Backup;

/// <summary>Thins a flood of progress out to five records a second, of which the last one always gets through.</summary>
internal sealed class ProgressThrottle : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly Action<ProgressRecord> _write;
    private readonly Action<Action> _post;
    private readonly ITimer _timer;
    private ProgressRecord? _latest;
    private ProgressRecord? _shown;
    private long? _lastWrite;
    private bool _scheduled;

    /// <summary>Makes a throttle that has shown nothing yet.</summary>
    /// <param name="clock">Measures the interval.</param>
    /// <param name="write">Writes a record; called on the pipeline thread only.</param>
    /// <param name="post">Queues a call for the pipeline thread.</param>
    internal ProgressThrottle(TimeProvider clock, Action<ProgressRecord> write, Action<Action> post)
    {
        _clock = clock;
        _write = write;
        _post = post;
        _timer = clock.CreateTimer(
            static throttle => ((ProgressThrottle)throttle!).PostFlush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Shows the record now, or when the interval is over, unless a later one takes its place. From any thread.</summary>
    internal void Report(ProgressRecord record)
    {
        TimeSpan wait;
        lock (_gate)
        {
            _latest = record;
            if (_scheduled)
                return;
            _scheduled = true;
            wait = _lastWrite is { } last ? Interval - _clock.GetElapsedTime(last) : TimeSpan.Zero;
        }

        if (wait <= TimeSpan.Zero)
            PostFlush();
        else
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes the bar down, if one is up, whatever the interval says. On the pipeline thread.</summary>
    internal void Complete()
    {
        ProgressRecord? shown;
        lock (_gate)
        {
            shown = _shown ?? _latest;
            _latest = null;
            _shown = null;
        }

        if (shown is null)
            return;
        _write(new ProgressRecord(shown.ActivityId, shown.Activity, shown.StatusDescription)
        {
            RecordType = ProgressRecordType.Completed,
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void PostFlush() => _post(Flush);

    private void Flush()
    {
        ProgressRecord? record;
        lock (_gate)
        {
            record = _latest;
            _latest = null;
            _scheduled = false;
            if (record is null)
                return;
            _shown = record;
            _lastWrite = _clock.GetTimestamp();
        }

        _write(record);
    }
}
