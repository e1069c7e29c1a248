using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Drops databases. The server refuses to drop one that holds subscriptions; those of a copy were never connected, and the slots they
/// name belong to the source.
/// </summary>
internal static class DatabaseRemoval
{
    private const string EndSessions = """
        SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid, 10000))
        FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
        WHERE a.datname = $1 AND a.pid <> pg_catalog.pg_backend_pid() AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, 'USAGE')
        """;

    /// <summary>Drops a database, if it is there, whoever is connected to it. Subscriptions in it are an error.</summary>
    /// <param name="maintenance">A connection to another database of the server.</param>
    /// <param name="database">The database.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task DropAsync(NpgsqlConnection maintenance, string database, CancellationToken cancellationToken)
    {
        string drop = $"DROP DATABASE IF EXISTS {Sql.Identifier(database)}";
        try
        {
            await ExecuteAsync(maintenance, drop + " WITH (FORCE)", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // WITH (FORCE) is refused to all but superusers while an autovacuum worker is in the database, or a superuser's session is
            // just ending. Without it the server ends workers by itself and waits five seconds for whoever is leaving
            // (TerminateOtherDBBackends and CountOtherDBBackends in PostgreSQL's procarray.c).
            using (var end = new NpgsqlCommand(EndSessions, maintenance))
            {
                end.Parameters.Add(new NpgsqlParameter { Value = database });
                await end.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(maintenance, drop, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Drops a restored database, if it is there, whoever is connected to it.</summary>
    /// <param name="maintenance">A connection to another database of the server.</param>
    /// <param name="address">The server.</param>
    /// <param name="database">The copy. Never a database somebody uses: its subscriptions would be lost, and their slots left behind.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task DropCopyAsync(
        NpgsqlConnection maintenance, ServerAddress address, string database, CancellationToken cancellationToken)
    {
        try
        {
            await DropAsync(maintenance, database, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            // Or somebody who was told to leave took longer than the server waits.
            await RemoveSubscriptionsAsync(address, database, cancellationToken).ConfigureAwait(false);
            await DropAsync(maintenance, database, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task RemoveSubscriptionsAsync(ServerAddress address, string database, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(address, database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            List<string> subscriptions = await NamesAsync("""
                SELECT s.subname::text FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
                WHERE d.datname = pg_catalog.current_database()
                """).ConfigureAwait(false);

            // They fire for what follows, but never for what is done to event triggers.
            foreach (string trigger in await NamesAsync("SELECT evtname::text FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'").ConfigureAwait(false))
                await ExecuteAsync(connection, $"ALTER EVENT TRIGGER {Sql.Identifier(trigger)} DISABLE", cancellationToken).ConfigureAwait(false);
            foreach (string name in subscriptions.Select(Sql.Identifier))
            {
                await ExecuteAsync(connection, $"ALTER SUBSCRIPTION {name} DISABLE", cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(connection, $"ALTER SUBSCRIPTION {name} SET (slot_name = NONE)", cancellationToken).ConfigureAwait(false);
                await ExecuteAsync(connection, $"DROP SUBSCRIPTION {name}", cancellationToken).ConfigureAwait(false);
            }
        }

        async Task<List<string>> NamesAsync(string query)
        {
            var names = new List<string>();
            using var command = new NpgsqlCommand(query, connection);
            using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                names.Add(reader.GetString(0));
            return names;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
