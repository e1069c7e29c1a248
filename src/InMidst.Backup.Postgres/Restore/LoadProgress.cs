using InMidst.Backup.Core;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>How much of a dump was read, by however many at once. What it reports to is never called by two at a time.</summary>
/// <param name="total">Bytes that will be read.</param>
/// <param name="progress">Told of every mebibyte and every change of what is being done.</param>
internal sealed class LoadProgress(long total, IProgress<OperationProgress> progress)
{
    private const long ReportEvery = 1024 * 1024;

    private readonly Lock _lock = new();
    private long _read;
    private long _reported = -ReportEvery;
    private string _status = "Reading";

    /// <summary>Bytes were read.</summary>
    public void Advance(int count)
    {
        lock (_lock)
        {
            _read += count;
            if (_read - _reported < ReportEvery)
                return;
            _reported = _read;
            Report();
        }
    }

    /// <summary>Says what is being done with what was read: a long statement may follow a short text.</summary>
    public void Show(string status)
    {
        lock (_lock)
        {
            _status = status;
            Report();
        }
    }

    private void Report() => progress.Report(new OperationProgress(_status, _read, total == 0 ? null : Math.Min(1, (double)_read / total)));
}
