using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using Npgsql;

namespace InMidst.Backup.Postgres.Databases;

/// <summary>Lists the databases of a server that one can connect to; templates are none.</summary>
public static class DatabaseList
{
    private static readonly string[] MaintenanceDatabases = ["postgres", "template1"];

    /// <summary>Lists them by name.</summary>
    /// <param name="address">The server. Connects to its database postgres, else to the address's own, else to template1.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<(string ServerVersion, IReadOnlyList<DatabaseInfo> Databases)> ReadAsync(
        ServerAddress address, CancellationToken cancellationToken)
    {
        try
        {
            NpgsqlConnection connection = await ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                ServerIdentity server = await ServerIdentity.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                string locale = server.Major >= 17 ? "coalesce(d.datlocale, d.datcollate)" : server.Major >= 15 ? "coalesce(d.daticulocale, d.datcollate)" : "d.datcollate";
                List<DatabaseInfo> databases = await SourceFacts.ReadAsync(connection, $"""
                    SELECT d.datname::text, r.rolname::text, pg_catalog.pg_encoding_to_char(d.encoding)::text, {locale}::text,
                           CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
                                THEN pg_catalog.pg_database_size(d.oid) ELSE -1 END
                    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
                    WHERE d.datallowconn AND NOT d.datistemplate ORDER BY d.datname
                    """,
                    row => new DatabaseInfo(
                        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4) < 0 ? null : row.GetInt64(4)),
                    cancellationToken).ConfigureAwait(false);
                return (server.Version, databases);
            }
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, address, database: null);
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        BackupException? last = null;
        foreach (string database in MaintenanceDatabases.Take(1).Append(address.Database).Concat(MaintenanceDatabases.Skip(1)).Distinct())
        {
            try
            {
                return await PostgresConnector.OpenAsync(address, database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e) when (e.Id == ErrorIds.DatabaseNotFound || e.Id == ErrorIds.PermissionDenied)
            {
                last = e;
            }
        }

        throw last!;
    }
}
