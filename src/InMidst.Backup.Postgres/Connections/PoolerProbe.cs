using InMidst.Backup.Core.Errors;
using Npgsql;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// Finds poolers that give each transaction another session of the server (PgBouncer's transaction and statement modes, and what works
/// like them). Settings, locks and snapshots do not survive there, and what a client sets is left to the next one.
/// </summary>
internal static class PoolerProbe
{
    private const int Rounds = 3;
    private const int SecondsToWait = 10;

    /// <summary>Returns when the connection keeps its session. Changes nothing in it.</summary>
    /// <param name="connection">A connection just opened, outside a transaction.</param>
    /// <param name="address">Where it leads to; a second connection is opened where the first looks pooled.</param>
    /// <param name="database">Its database.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.PoolerDetected"/>.</exception>
    public static async Task EnsureOwnSessionAsync(
        NpgsqlConnection connection, ServerAddress address, string database, CancellationToken cancellationToken)
    {
        // The key to cancel queries comes with the log-in. Who may change sessions cannot hand out the key of one, so it makes one up.
        if (await BackendAsync(connection, cancellationToken).ConfigureAwait(false) == connection.ProcessID)
            return;
        NpgsqlConnection second = await PostgresConnector.OpenAsync(address, database, ConnectorOptions.Default, cancellationToken).ConfigureAwait(false);
        await using (second.ConfigureAwait(false))
        {
            if (!await IsSharedAsync(connection, second, cancellationToken).ConfigureAwait(false))
                return;
        }

        throw new BackupException(ErrorIds.PoolerDetected,
            $"A pooler at {address} gives each transaction another session of the server.", target: address.ToString());
    }

    /// <summary>
    /// Pools hand out the session that was returned last (then the second connection gets the first one's), or the one that was returned
    /// first (then the first connection gets another at each statement). In session mode neither can happen.
    /// </summary>
    private static async Task<bool> IsSharedAsync(NpgsqlConnection first, NpgsqlConnection second, CancellationToken cancellationToken)
    {
        try
        {
            for (int round = 1; round <= Rounds; round++)
            {
                int before = await BackendAsync(first, cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(second, "BEGIN", cancellationToken).ConfigureAwait(false);
                int other = await BackendAsync(second, cancellationToken).ConfigureAwait(false);
                int after = await BackendAsync(first, cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(second, "ROLLBACK", cancellationToken).ConfigureAwait(false);
                if (before != after || before == other)
                    return true;
            }

            return false;
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("08", StringComparison.Ordinal))
        {
            return true; // statement mode: transactions are refused
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException)
        {
            return true; // no second session to be had
        }
    }

    private static async Task<int> BackendAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT pg_catalog.pg_backend_pid()", connection) { CommandTimeout = SecondsToWait };
        return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = SecondsToWait };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
