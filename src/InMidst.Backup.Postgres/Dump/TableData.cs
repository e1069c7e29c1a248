using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Copies one table into data frames, counting and summing the rows from the very bytes that are written.</summary>
internal sealed class TableData(IBulkCopy copy, DumpFileWriter writer, DatabaseText text, Action<int> advanced)
{
    /// <summary>A frame is cut at the first row end after this many raw bytes.</summary>
    public const int FrameLength = 16 * 1024 * 1024;

    private const int BufferLength = 256 * 1024;
    private static readonly byte[] EndOfData = "\\.\n\n"u8.ToArray();

    private readonly byte[] _buffer = new byte[BufferLength];

    /// <summary>Copies the table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="position">Its position in the index.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    public async Task<TableRecord> WriteAsync(SourceTable table, int position, CancellationToken cancellationToken)
    {
        byte[] header = Encoding.Latin1.GetBytes(CopyStatement.In(table.Root?.Qualified ?? table.Qualified, table.QuotedColumns));
        var total = new ContentChecksum();
        try
        {
            string command = CopyStatement.Out(table.Qualified, table.QuotedColumns, table.Filter);
            Stream rows = await copy.BeginCopyOutAsync(command, cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                await WriteFramesAsync(rows, header, position, total, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InternalError or PostgresErrorCodes.ProgramLimitExceeded
            && e.MessageText.Contains("memory alloc", StringComparison.Ordinal) || e.SqlState == PostgresErrorCodes.OutOfMemory)
        {
            throw new BackupException(ErrorIds.RowTooLarge,
                $"A row of {text.Decode(table.Qualified)} is too large for the server to write as text: {e.MessageText}", e, target: text.Decode(table.Qualified));
        }

        return new TableRecord
        {
            Schema = text.Decode(table.Schema),
            Name = text.Decode(table.Name),
            Columns = [.. table.Columns.Select(text.Decode)],
            Rows = total.Rows,
            Bytes = total.Bytes,
            Checksum = total.Sum,
            Filter = table.Filter is null ? null : text.Decode(table.Filter),
            RootSchema = table.Root is null ? null : text.Decode(table.Root.Value.Schema),
            RootName = table.Root is null ? null : text.Decode(table.Root.Value.Name),
            LoadsLast = table.LoadsLast ? true : null,
        };
    }

    private async Task WriteFramesAsync(
        Stream rows, byte[] header, int position, ContentChecksum total, CancellationToken cancellationToken)
    {
        var frameRows = new ContentChecksum();
        Stream frame = writer.BeginFrame(FrameKind.Data, position);
        await frame.WriteAsync(header, cancellationToken).ConfigureAwait(false);
        int read;
        while ((read = await FillAsync(rows, cancellationToken).ConfigureAwait(false)) > 0)
        {
            ReadOnlyMemory<byte> data = _buffer.AsMemory(0, read);
            advanced(read);
            int rowEnd;
            if (frameRows.Bytes + read > FrameLength && (rowEnd = data.Span.LastIndexOf((byte)'\n')) >= 0)
            {
                await AppendAsync(data[..(rowEnd + 1)]).ConfigureAwait(false);
                await EndFrameAsync().ConfigureAwait(false);
                data = data[(rowEnd + 1)..];
                frameRows = new ContentChecksum();
                frame = writer.BeginFrame(FrameKind.Data, position);
                await frame.WriteAsync(header, cancellationToken).ConfigureAwait(false);
            }

            await AppendAsync(data).ConfigureAwait(false);
        }

        await EndFrameAsync().ConfigureAwait(false);

        async ValueTask AppendAsync(ReadOnlyMemory<byte> data)
        {
            frameRows.Append(data.Span);
            await frame.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }

        async Task EndFrameAsync()
        {
            await frame.WriteAsync(EndOfData, cancellationToken).ConfigureAwait(false);
            await writer.EndFrameAsync(frameRows.Rows).ConfigureAwait(false);
            total.Add(frameRows);
        }
    }

    // The client gives one row at a time; whole buffers make compressing and hashing cheap.
    private async Task<int> FillAsync(Stream rows, CancellationToken cancellationToken)
    {
        int filled = 0;
        while (filled < _buffer.Length)
        {
            int read = await rows.ReadAsync(_buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                break;
            filled += read;
        }

        return filled;
    }
}
