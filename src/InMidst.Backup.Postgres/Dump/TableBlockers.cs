using System.Globalization;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Finds the sessions that keep others from reading a table: those that hold ACCESS EXCLUSIVE on it, and those that wait for that,
/// behind which every reader queues. Any role may ask.
/// </summary>
internal static class TableBlockers
{
    // A prepared transaction has no session, but its locks.
    private const string Blockers = """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
               l.granted, coalesce(l.pid, 0), coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(a.state, '')
        FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'S', 'm', 'v', 'f')
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_'
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        ORDER BY NOT l.granted, 1, 3 LIMIT 5
        """;

    // All sessions of one backup, pg_dump's too, have one application name. pg_blocking_pids also names who waits in front of us.
    private const string Waits = """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
               coalesce(b.granted, false), coalesce(u.pid, 0), coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(a.state, '')
        FROM pg_catalog.pg_stat_activity w
        JOIN pg_catalog.pg_locks l ON l.pid = w.pid AND NOT l.granted AND l.locktype = 'relation'
        JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) u(pid)
        LEFT JOIN pg_catalog.pg_locks b ON b.pid = u.pid AND b.locktype = 'relation' AND b.relation = l.relation
            AND b.database = l.database AND b.mode = 'AccessExclusiveLock'
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = u.pid
        WHERE w.datname = pg_catalog.current_database() AND w.usename = SESSION_USER AND w.wait_event_type = 'Lock'
          AND w.application_name = pg_catalog.current_setting('application_name') AND w.pid <> pg_catalog.pg_backend_pid()
        ORDER BY 2 DESC, 1, 3 LIMIT 1
        """;

    /// <summary>Who holds tables of this database exclusively or waits to: a sentence without its full stop for each, at most five.</summary>
    public static async Task<IReadOnlyList<string>> DescribeAsync(
        NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        await ReadAsync(connection, Blockers, text, cancellationToken).ConfigureAwait(false);

    /// <summary>Whom a session of the backup is waiting for just now; null while none waits.</summary>
    /// <param name="connection">Another session of the same role and application name.</param>
    /// <param name="text">Decodes names.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<string?> FindWaitAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, Waits, text, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    private static Task<List<string>> ReadAsync(
        NpgsqlConnection connection, string query, DatabaseText text, CancellationToken cancellationToken) =>
        SourceFacts.ReadAsync(connection, query, row =>
        {
            string does = row.GetBoolean(1) ? "is held exclusively by" : "is waited for exclusively by";
            return $"{text.Decode(row.GetString(0))} {does} {Session(row, text)}";
        }, cancellationToken);

    private static string Session(NpgsqlDataReader row, DatabaseText text)
    {
        int process = row.GetInt32(2);
        if (process == 0)
            return "a prepared transaction (pg_prepared_xacts lists them)";
        IEnumerable<string> known = Enumerable.Range(3, 3).Select(row.GetString).Where(word => word.Length > 0).Select(text.Decode);
        return string.Create(CultureInfo.InvariantCulture, $"session {process} ({string.Join(", ", known)})");
    }
}
