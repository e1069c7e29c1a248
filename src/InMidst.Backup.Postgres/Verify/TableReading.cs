using System.Buffers;
using System.Collections.Concurrent;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>
/// Reads tables again by several connections at once, each slice by the first that is free. Sums do not depend on the order of rows,
/// so those of a table's slices add up.
/// </summary>
/// <param name="recorded">The tables as the index has them.</param>
/// <param name="slices">All that is read of them, in the order in which it is best begun.</param>
/// <param name="progress">Told of the bytes of rows.</param>
internal sealed class TableReading(IReadOnlyList<TableRecord> recorded, IEnumerable<DataSlice> slices, LoadProgress progress)
{
    private const int BufferLength = 256 * 1024;

    private readonly ConcurrentQueue<DataSlice> _slices = new(slices);
    private readonly ContentChecksum[] _sums = [.. recorded.Select(_ => new ContentChecksum())];
    private readonly PostgresException?[] _missing = new PostgresException?[recorded.Count];

    /// <summary>The rows of the table at a position of the index.</summary>
    public ContentChecksum SumOf(int position) => _sums[position];

    /// <summary>What the server said when the table at a position of the index, or a column of it, was not there; else null.</summary>
    public PostgresException? MissingOf(int position) => _missing[position];

    /// <summary>Reads until nothing is left; to be run once for each connection, side by side, each on a thread of its own.</summary>
    /// <param name="copy">COPY on a connection of its own.</param>
    /// <param name="cancellationToken">Stops it, and the server too.</param>
    public void Run(IBulkCopy copy, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            while (_slices.TryDequeue(out DataSlice? slice))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Read(copy, slice, buffer, cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Read(IBulkCopy copy, DataSlice slice, byte[] buffer, CancellationToken cancellationToken)
    {
        TableRecord table = recorded[slice.Position];
        progress.Show($"Comparing {table.Schema}.{table.Name}");
        var sum = new ContentChecksum();
        try
        {
            Stream rows = DedicatedThread.Wait(copy.BeginCopyOutAsync(slice.Command, cancellationToken));
            try
            {
                int read;
                while ((read = DedicatedThread.Wait(rows.ReadAsync(buffer, cancellationToken))) > 0)
                {
                    sum.Append(buffer.AsSpan(0, read));
                    progress.Advance(read);
                }
            }
            finally
            {
                DedicatedThread.Wait(rows.DisposeAsync());
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName)
        {
            _missing[slice.Position] = e;
        }

        lock (_sums)
            _sums[slice.Position].Add(sum);
    }
}
