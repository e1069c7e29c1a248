using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Text;
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
    /// <param name="connection">Where the COPY failed.</param>
    /// <param name="slice">What it read.</param>
    /// <param name="rowsBefore">Whole rows that came.</param>
    /// <param name="text">Decodes names.</param>
    /// <param name="cause">The failure.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public static async Task<BackupException> DescribeAsync(
        DataConnection connection, DataSlice slice, long rowsBefore, DatabaseText text, PostgresException cause, CancellationToken cancellationToken)
    {
        string table = text.Decode(slice.Table.Qualified);
        string? place = await FindAsync(connection, slice, rowsBefore, cancellationToken).ConfigureAwait(false);
        string row = place is null ? $"A row of {table}" : $"The row of {table} with ctid {place}";
        return new BackupException(ErrorIds.RowTooLarge,
            $"{row} is too large for the server to write as text: {text.Decode(cause.MessageText)}", cause, target: table);
    }

    private static async Task<string?> FindAsync(DataConnection connection, DataSlice slice, long rowsBefore, CancellationToken cancellationToken)
    {
        await connection.RecoverAsync(cancellationToken).ConfigureAwait(false);
        if (!await connection.TryEnterAsync(slice, cancellationToken).ConfigureAwait(false))
            return null;
        SourceTable table = slice.Table;
        string? place = await connection.ScalarAsync(string.Create(CultureInfo.InvariantCulture,
            $"SELECT ctid::pg_catalog.text FROM ONLY {table.Qualified} {slice.Condition} OFFSET {rowsBefore} LIMIT 1"), cancellationToken).ConfigureAwait(false);
        if (place is null)
            return null;
        try
        {
            Stream alone = await connection.Copy.BeginCopyOutAsync(
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
