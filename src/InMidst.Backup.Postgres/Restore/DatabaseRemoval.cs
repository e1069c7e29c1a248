using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Drops databases a restore made. The server refuses to drop one that holds subscriptions; those of a copy were never connected, and
/// the slots they name belong to the source.
/// </summary>
internal static class DatabaseRemoval
{
    /// <summary>Drops a restored database, if it is there, whoever is connected to it.</summary>
    /// <param name="maintenance">A connection to another database of the server.</param>
    /// <param name="address">The server.</param>
    /// <param name="database">The copy. Never a database somebody uses: its subscriptions would be lost, and their slots left behind.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task DropCopyAsync(
        NpgsqlConnection maintenance, ServerAddress address, string database, CancellationToken cancellationToken)
    {
        string drop = $"DROP DATABASE IF EXISTS {Sql.Identifier(database)} WITH (FORCE)";
        try
        {
            await ExecuteAsync(maintenance, drop, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            if (!await RemoveSubscriptionsAsync(address, database, cancellationToken).ConfigureAwait(false))
                throw;
            await ExecuteAsync(maintenance, drop, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> RemoveSubscriptionsAsync(ServerAddress address, string database, CancellationToken cancellationToken)
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

            return subscriptions.Count > 0;
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
