using InMidst.Backup.Postgres.Dump;
using Npgsql;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>The roles and tablespaces that a server has.</summary>
/// <param name="Roles">Roles.</param>
/// <param name="Tablespaces">Tablespaces.</param>
/// <param name="Protected">Roles that nobody changes in passing: those that this session runs as, and the cluster's first superuser.</param>
/// <param name="IsSuperuser">Whether this session may do everything.</param>
internal sealed record ServerGlobals(
    IReadOnlyList<string> Roles, IReadOnlyList<string> Tablespaces, IReadOnlyList<string> Protected, bool IsSuperuser)
{
    // The number of initdb's superuser (pg_authid.dat).
    private const string ProtectedQuery = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = 10 OR rolname IN (current_user, session_user)";

    /// <summary>Asks the server.</summary>
    public static async Task<ServerGlobals> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> superuser = await NamesAsync("SELECT pg_catalog.current_setting('is_superuser')").ConfigureAwait(false);
        return new ServerGlobals(
            await NamesAsync("SELECT rolname::text FROM pg_catalog.pg_roles").ConfigureAwait(false),
            await NamesAsync("SELECT spcname::text FROM pg_catalog.pg_tablespace").ConfigureAwait(false),
            await NamesAsync(ProtectedQuery).ConfigureAwait(false),
            superuser is ["on"]);

        Task<List<string>> NamesAsync(string query) => SourceFacts.ReadAsync(connection, query, r => r.GetString(0), cancellationToken);
    }
}
