using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Copies slices, one at a time, into data frames, counting and summing the rows from the very bytes that are written. Others do the
/// same beside it.
/// </summary>
internal sealed class TableData(IBulkCopy copy, DumpFileWriter writer)
{
    /// <summary>A frame is cut at the first row end after this many raw bytes.</summary>
    public const int FrameLength = 16 * 1024 * 1024;

    private const int BufferLength = 256 * 1024;
    private static readonly byte[] EndOfData = "\\.\n\n"u8.ToArray();

    private readonly byte[] _buffer = new byte[BufferLength];
    private int _filled;
    private ContentChecksum _total = new();
    private ContentChecksum _frame = new();

    /// <summary>Whole rows of the slice that the server has given so far, after a failure too.</summary>
    public long RowsRead => _total.Rows + _frame.Rows + _buffer.AsSpan(0, _filled).Count((byte)'\n');

    /// <summary>Copies a slice, on a thread of its own.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="advanced">Told of bytes that were read.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <returns>What was in it. Failures are the client's own exceptions, or those of the storage.</returns>
    public ContentChecksum Copy(DataSlice slice, Action<int> advanced, CancellationToken cancellationToken)
    {
        _total = new ContentChecksum();
        _frame = new ContentChecksum();
        _filled = 0;
        Stream rows = DedicatedThread.Wait(copy.BeginCopyOutAsync(slice.Command, cancellationToken));
        try
        {
            byte[] header = slice.Header();
            ReadOnlyMemory<byte> data = Fill(rows, advanced, cancellationToken);
            for (bool needed = slice.IsFirst; needed || !data.IsEmpty; needed = false)
            {
                data = WriteFrame(slice, header, data, rows, advanced, cancellationToken);
                _total.Add(_frame);
                _frame = new ContentChecksum();
            }
        }
        finally
        {
            DedicatedThread.Wait(rows.DisposeAsync());
        }

        return _total;
    }

    /// <summary>Writes a frame. Returns what was read beyond it.</summary>
    private ReadOnlyMemory<byte> WriteFrame(
        DataSlice slice, byte[] header, ReadOnlyMemory<byte> data, Stream rows, Action<int> advanced, CancellationToken cancellationToken)
    {
        DumpFrame frame = writer.BeginDetachedFrame(FrameKind.Data, slice.Position, cancellationToken);
        try
        {
            DedicatedThread.Wait(frame.WriteAsync(header, cancellationToken));
            data = FillFrame(frame, data, rows, advanced, cancellationToken);
            DedicatedThread.Wait(frame.WriteAsync(EndOfData, cancellationToken));
            DedicatedThread.Wait(frame.CompleteAsync(_frame.Rows));
            return data;
        }
        finally
        {
            DedicatedThread.Wait(frame.DisposeAsync());
        }
    }

    /// <summary>Writes rows until the frame is full or there are no more. Returns what was read beyond it.</summary>
    private ReadOnlyMemory<byte> FillFrame(
        DumpFrame frame, ReadOnlyMemory<byte> data, Stream rows, Action<int> advanced, CancellationToken cancellationToken)
    {
        bool full = false;
        while (!full && !data.IsEmpty)
        {
            int length = data.Length;
            int rowEnd;
            if (_frame.Bytes + length > FrameLength && (rowEnd = data.Span.LastIndexOf((byte)'\n')) >= 0)
            {
                full = true;
                length = rowEnd + 1;
            }

            _frame.Append(data.Span[..length]);
            DedicatedThread.Wait(frame.WriteAsync(data[..length], cancellationToken));
            data = data[length..];
            if (data.IsEmpty)
                data = Fill(rows, advanced, cancellationToken);
        }

        return data;
    }

    // The client gives what has come; whole buffers make compressing and hashing cheap.
    private ReadOnlyMemory<byte> Fill(Stream rows, Action<int> advanced, CancellationToken cancellationToken)
    {
        _filled = 0;
        while (_filled < _buffer.Length)
        {
            int read = DedicatedThread.Wait(rows.ReadAsync(_buffer.AsMemory(_filled), cancellationToken));
            if (read == 0)
                break;
            _filled += read;
        }

        int filled = _filled;
        _filled = 0; // from here on they are counted with their frame
        if (filled > 0)
            advanced(filled);
        return _buffer.AsMemory(0, filled);
    }
}
