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
    private bool _ended;
    private ContentChecksum _total = new();
    private ContentChecksum _frame = new();

    /// <summary>Whole rows of the slice that the server has given so far, after a failure too.</summary>
    public long RowsRead => _total.Rows + _frame.Rows + _buffer.AsSpan(0, _filled).Count((byte)'\n');

    /// <summary>Copies a slice.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="advanced">Told of bytes that were read.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <returns>What was in it. Failures are the client's own exceptions, or those of the storage.</returns>
    public async Task<ContentChecksum> CopyAsync(DataSlice slice, Action<int> advanced, CancellationToken cancellationToken)
    {
        _total = new ContentChecksum();
        _frame = new ContentChecksum();
        _filled = 0;
        Stream rows = await copy.BeginCopyOutAsync(slice.Command, cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            byte[] header = slice.Header();
            ReadOnlyMemory<byte> data = await FillAsync(rows, advanced, cancellationToken).ConfigureAwait(false);
            for (bool needed = slice.IsFirst; needed || !data.IsEmpty; needed = false)
            {
                DumpFrame frame = writer.BeginDetachedFrame(FrameKind.Data, slice.Position, cancellationToken);
                await using (frame.ConfigureAwait(false))
                {
                    await frame.WriteAsync(header, cancellationToken).ConfigureAwait(false);
                    if (_ended)
                        data = await WriteLastAsync(frame, data, cancellationToken).ConfigureAwait(false);
                    else
                        data = await DedicatedThread.RunAsync(() => FillFrame(frame, data, rows, advanced, cancellationToken)).ConfigureAwait(false);
                    await frame.WriteAsync(EndOfData, cancellationToken).ConfigureAwait(false);
                    await frame.CompleteAsync(_frame.Rows).ConfigureAwait(false);
                }

                _total.Add(_frame);
                _frame = new ContentChecksum();
            }
        }

        return _total;
    }

    /// <summary>Writes what was read last: small tables are this alone.</summary>
    private async Task<ReadOnlyMemory<byte>> WriteLastAsync(DumpFrame frame, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _frame.Append(data.Span);
        await frame.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        return default;
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
        cancellationToken.ThrowIfCancellationRequested();
        int read;
        for (_filled = 0; _filled < _buffer.Length && (read = rows.Read(_buffer.AsSpan(_filled))) > 0;)
            _filled += read;
        return Filled(advanced);
    }

    private async Task<ReadOnlyMemory<byte>> FillAsync(Stream rows, Action<int> advanced, CancellationToken cancellationToken)
    {
        int read;
        for (_filled = 0; _filled < _buffer.Length && (read = await rows.ReadAsync(_buffer.AsMemory(_filled), cancellationToken).ConfigureAwait(false)) > 0;)
            _filled += read;
        return Filled(advanced);
    }

    private ReadOnlyMemory<byte> Filled(Action<int> advanced)
    {
        int filled = _filled;
        _ended = filled < _buffer.Length;
        _filled = 0; // from here on they are counted with their frame
        if (filled > 0)
            advanced(filled);
        return _buffer.AsMemory(0, filled);
    }
}
