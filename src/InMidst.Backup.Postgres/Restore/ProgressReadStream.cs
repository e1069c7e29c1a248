using InMidst.Backup.Core;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Reports how much of a dump has been read. Disposing leaves the inner stream open: a decompressor may own this one.</summary>
internal sealed class ProgressReadStream(Stream inner, long length, IProgress<OperationProgress> progress) : SequentialReadStream
{
    private const long ReportEvery = 1024 * 1024;

    private long _read;
    private long _reported = -ReportEvery;
    private string _status = "Reading";

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <summary>Says what is being done with what was read: a long statement may follow a short text.</summary>
    public void Show(string status)
    {
        _status = status;
        Report();
    }

    public override int Read(Span<byte> buffer) => Advance(inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Advance(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    private int Advance(int count)
    {
        _read += count;
        if (_read - _reported >= ReportEvery)
        {
            _reported = _read;
            Report();
        }

        return count;
    }

    private void Report() => progress.Report(new OperationProgress(_status, _read, length == 0 ? null : Math.Min(1, (double)_read / length)));
}
