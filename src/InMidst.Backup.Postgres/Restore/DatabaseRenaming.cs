using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Renames databases that others may be connected to. ALTER DATABASE … RENAME locks the database first, from when on nobody new
/// gets in, and then waits five seconds for its sessions to leave (dbcommands.c, CountOtherDBBackends). They are ended in that time,
/// from a second session: no connection is ever forbidden by a setting that a killed process would leave behind.
/// </summary>
/// <param name="session">The maintenance session, in a transaction.</param>
/// <param name="address">The server.</param>
/// <param name="clock">Waits between two looks.</param>
internal sealed class DatabaseRenaming(MaintenanceSession session, ServerAddress address, TimeProvider clock)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    // Whoever asks for a connection from now on queues behind the lock that is held or waited for. Those whom we may not end (the rule
    // is that of pg_signal_backend in signalfuncs.c) are not asked to go: the refusal would end us, while they may leave by themselves.
    private const string EndSessions = """
        SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid))
        FROM pg_catalog.pg_stat_activity a
        JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
        JOIN pg_catalog.pg_roles me ON me.rolname = current_user
        JOIN pg_catalog.pg_locks l ON l.objid = a.datid AND l.locktype = 'object' AND l.mode = 'AccessExclusiveLock'
            AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND l.pid = $1
        WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.pid <> $1 AND (me.rolsuper
            OR NOT r.rolsuper AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))
        """;

    /// <summary>Renames one database.</summary>
    /// <param name="from">Its name.</param>
    /// <param name="to">The new name.</param>
    /// <param name="endSessions">Whether the sessions in it are ended.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="PostgresException">The server's refusal: object_in_use when somebody stays connected.</exception>
    public async Task RunAsync(string from, string to, bool endSessions, CancellationToken cancellationToken)
    {
        if (!endSessions)
        {
            await RenameAsync(from, to, cancellationToken).ConfigureAwait(false);
            return;
        }

        NpgsqlConnection second = await PostgresConnector.OpenAsync(address, session.Database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (second.ConfigureAwait(false))
        {
            Task renaming = RenameAsync(from, to, cancellationToken);
            try
            {
                await EndSessionsAsync(second, renaming, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                // What keeps sessions from being ended must not leave the statement running on a connection that others use.
                await renaming.ConfigureAwait(false);
            }
        }
    }

    private async Task EndSessionsAsync(NpgsqlConnection second, Task renaming, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(EndSessions, second);
        command.Parameters.Add(new NpgsqlParameter { Value = session.Connection.ProcessID });
        while (!renaming.IsCompleted)
        {
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(renaming, Task.Delay(BetweenLooks, clock, cancellationToken)).ConfigureAwait(false);
        }
    }

    private Task RenameAsync(string from, string to, CancellationToken cancellationToken) =>
        session.ExecuteAsync($"ALTER DATABASE {Sql.Identifier(from)} RENAME TO {Sql.Identifier(to)}", cancellationToken);
}
