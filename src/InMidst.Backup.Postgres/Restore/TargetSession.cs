using System.Globalization;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>A session in a database, as pg_stat_activity shows it.</summary>
/// <param name="ProcessId">Its process on the server.</param>
/// <param name="User">Its role.</param>
/// <param name="Application">application_name; empty where it said none.</param>
/// <param name="MayEnd">Whether who logged in may end it.</param>
internal sealed record TargetSession(int ProcessId, string User, string Application, bool MayEnd)
{
    // Autovacuum workers have no role; PostgreSQL ends them itself when a database is renamed. pg_terminate_backend's own rule
    // (signalfuncs.c): a superuser may end everything, others no session of a superuser, and else those of their roles. Who ends them
    // is the one that logged in, whatever role the restore takes.
    private const string Query = """
        SELECT a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''),
               me.rolsuper OR (NOT coalesce(r.rolsuper, true)
                   AND (pg_catalog.pg_has_role(session_user, a.usesysid, 'USAGE') OR pg_catalog.pg_has_role(session_user, 'pg_signal_backend', 'USAGE')))
        FROM pg_catalog.pg_stat_activity a
        JOIN pg_catalog.pg_database d ON d.oid = a.datid
        JOIN pg_catalog.pg_roles me ON me.rolname = session_user
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
        WHERE d.datname = $1 AND a.usesysid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
        ORDER BY a.pid
        """;

    private const int Shown = 10;

    /// <summary>The sessions in a database.</summary>
    public static async Task<List<TargetSession>> ReadAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        var sessions = new List<TargetSession>();
        using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = database });
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            sessions.Add(new TargetSession(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3)));
        return sessions;
    }

    /// <summary>The first of them and how many more there are, in words.</summary>
    public static string Describe(IReadOnlyCollection<TargetSession> sessions)
    {
        string more = sessions.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $" and {sessions.Count - Shown} more") : "";
        return string.Join(", ", sessions.Take(Shown)) + more;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{ProcessId} (user {User}{(Application.Length > 0 ? $", application '{Application}'" : "")})");
}
