using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Tells whether a standby ended a session in order to go on replaying WAL (PostgreSQL's documentation, 27.4.2). A statement is
/// cancelled with 40001, in an old server with 57014. A session that does nothing is ended, and its client finds the connection closed:
/// then the server's count of conflicts tells.
/// </summary>
internal sealed class RecoveryConflicts(DumpOptions options, long? before)
{
    private const string Count = """
        SELECT confl_tablespace + confl_lock + confl_snapshot + confl_bufferpin + confl_deadlock
        FROM pg_catalog.pg_stat_database_conflicts WHERE datname = pg_catalog.current_database()
        """;

    /// <summary>Remembers how many there have been so far.</summary>
    /// <param name="connection">A connection to the database.</param>
    /// <param name="options">The address, where the count is asked for again.</param>
    /// <param name="isStandby">Whether there can be any.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<RecoveryConflicts> WatchAsync(
        NpgsqlConnection connection, DumpOptions options, bool isStandby, CancellationToken cancellationToken) =>
        new(options, isStandby ? await CountAsync(connection, cancellationToken).ConfigureAwait(false) : null);

    /// <summary>Whether one of them was the cause of a failure.</summary>
    /// <param name="e">What the client got.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<bool> CausedAsync(Exception e, CancellationToken cancellationToken)
    {
        if (before is null)
            return false;
        if ((e as PostgresException ?? e.InnerException as PostgresException) is { } refused)
            return IsConflict(refused);
        try
        {
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                options.Address, options.Database, ConnectorOptions.Default, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await CountAsync(connection, cancellationToken).ConfigureAwait(false) > before;
            }
        }
        catch (BackupException)
        {
            return false; // the server is gone, which says enough
        }
    }

    // A transaction that only reads cannot fail to serialise for another reason.
    private static bool IsConflict(PostgresException e) => e.SqlState.StartsWith("40", StringComparison.Ordinal)
        || (e.SqlState == PostgresErrorCodes.QueryCanceled && e.MessageText.Contains("recovery", StringComparison.Ordinal));

    private static async Task<long?> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(Count, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long?;
    }
}
