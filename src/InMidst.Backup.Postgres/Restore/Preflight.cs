using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Finds what a server lacks for a backup before the first byte is loaded.</summary>
internal static class Preflight
{
    /// <summary>What is missing, each in words with the way to get it; empty when the backup can be restored there.</summary>
    /// <param name="connection">Any UTF-8 connection to the server.</param>
    /// <param name="server">The server.</param>
    /// <param name="requirements">What the backup needs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<List<string>> FindMissingAsync(
        NpgsqlConnection connection, ServerIdentity server, RequirementsRecord requirements, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        HashSet<string> roles = await NamesAsync(connection, "SELECT rolname::text FROM pg_catalog.pg_roles", cancellationToken).ConfigureAwait(false);
        string[] absent = [.. requirements.Roles.Where(r => !roles.Contains(r))];
        if (absent.Length > 0)
            missing.Add($"role {string.Join(", ", absent)} (Restore-MidstDatabase -Globals Missing creates what was backed up beside the dump)");
        HashSet<string> tablespaces = await NamesAsync(connection, "SELECT spcname::text FROM pg_catalog.pg_tablespace", cancellationToken).ConfigureAwait(false);
        absent = [.. requirements.Tablespaces.Where(t => !tablespaces.Contains(t))];
        if (absent.Length > 0)
            missing.Add($"tablespace {string.Join(", ", absent)} (CREATE TABLESPACE, or -Globals Missing)");
        HashSet<string> extensions = await NamesAsync(
            connection, "SELECT name::text FROM pg_catalog.pg_available_extensions", cancellationToken).ConfigureAwait(false);
        missing.AddRange(requirements.Extensions.Where(e => !extensions.Contains(e.Name))
            .Select(e => $"extension {e.Name}{(e.Version.Length > 0 ? " " + e.Version : "")} ({ExtensionPackages.Advice(e.Name, server.Major)})"));
        foreach (string locale in requirements.Locales)
        {
            if (!await HasLocaleAsync(connection, locale, cancellationToken).ConfigureAwait(false))
                missing.Add($"locale {locale} (Debian: add it to /etc/locale.gen, run locale-gen, restart PostgreSQL)");
        }

        return missing;
    }

    /// <summary>
    /// Any role may set lc_time, which is refused for a locale that the server's operating system does not have (pg_locale.c,
    /// check_locale); pg_collation lists only what was there when the cluster was made. Nothing stays set.
    /// </summary>
    private static async Task<bool> HasLocaleAsync(NpgsqlConnection connection, string locale, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT pg_catalog.set_config('lc_time', $1, true)", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = locale });
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            return false;
        }
    }

    private static async Task<HashSet<string>> NamesAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken) =>
        [.. await SourceFacts.ReadAsync(connection, query, r => r.GetString(0), cancellationToken).ConfigureAwait(false)];
}
