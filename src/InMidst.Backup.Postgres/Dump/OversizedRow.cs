using System.Globalization;
using InMidst.Backup.Postgres.Copy;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Finds the row that COPY could not carry. PostgreSQL makes no memory block and no line of COPY text longer than 1 GiB, and a bytea
/// takes twice its length there: src/include/utils/memutils.h, MaxAllocSize.
/// </summary>
internal static class OversizedRow
{
    /// <summary>Whether the failure is of that sort.</summary>
    public static bool Explains(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.ProgramLimitExceeded or PostgresErrorCodes.OutOfMemory
        || (e.SqlState == PostgresErrorCodes.InternalError && e.MessageText.Contains("memory alloc", StringComparison.Ordinal)); // never translated

    /// <summary>
    /// Names the row: the rows of a COPY come in the order of their places, so it is the first after those that came. No value is read
    /// for that; then the row alone is tried again, so that no other is accused.
    /// </summary>
    /// <param name="worker">A connection that has read nothing yet: the client gives one up after some of these failures.</param>
    /// <param name="slice">What was read.</param>
    /// <param name="rowsBefore">Whole rows that came.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>Its ctid; null when the table is locked, or was changed since where the snapshot is gone.</returns>
    public static async Task<string?> FindAsync(WorkerConnection worker, DataSlice slice, long rowsBefore, CancellationToken cancellationToken)
    {
        if (!await worker.TryEnterAsync(slice, cancellationToken).ConfigureAwait(false))
            return null;
        SourceTable table = slice.Table;
        string? place = await worker.ScalarAsync(string.Create(CultureInfo.InvariantCulture,
            $"SELECT ctid::pg_catalog.text FROM ONLY {table.Qualified} {slice.Condition} OFFSET {rowsBefore} LIMIT 1"), cancellationToken).ConfigureAwait(false);
        if (place is null)
            return null;
        try
        {
            Stream alone = await worker.Copy.BeginCopyOutAsync(
                CopyStatement.OutPages(table.Qualified, table.QuotedColumns, $"WHERE ctid = '{place}'"), cancellationToken).ConfigureAwait(false);
            await using (alone.ConfigureAwait(false))
            {
                await alone.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (Explains(e))
        {
            return place;
        }

        return null;
    }
}
