using InMidst.Backup.Core;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>How far the rows are, over all that read them. Reports come one at a time.</summary>
internal sealed class DataProgress(IProgress<OperationProgress> progress, DatabaseText text, long totalSize)
{
    private readonly Lock _lock = new();
    private double _doneSize;

    /// <summary>Bytes of rows read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Says that a slice is begun.</summary>
    /// <returns>Takes the bytes that are read of it.</returns>
    public Action<int> Begin(DataSlice slice)
    {
        string status = text.Decode(slice.Table.Qualified);
        long left = slice.Size;
        Report(status, 0, 0);
        return read =>
        {
            long counted = Math.Min(read, left);
            left -= counted;
            Report(status, read, counted);
        };
    }

    private void Report(string status, int read, long counted)
    {
        lock (_lock)
        {
            Bytes += read;
            _doneSize += counted;
            progress.Report(new OperationProgress(status, Bytes, Math.Min(1, _doneSize / Math.Max(1, totalSize))));
        }
    }
}
