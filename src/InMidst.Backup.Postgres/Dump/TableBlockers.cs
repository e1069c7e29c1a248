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
    private const string Query = """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
               l.granted, l.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, '')
        FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'S', 'm', 'v', 'f')
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_'
        LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        ORDER BY NOT l.granted, 1, l.pid LIMIT 5
        """;

    /// <summary>One sentence without its full stop for each, at most five.</summary>
    public static async Task<IReadOnlyList<string>> DescribeAsync(
        NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        await SourceFacts.ReadAsync(connection, Query, row =>
        {
            string does = row.GetBoolean(1) ? "is held exclusively by" : "is waited for exclusively by";
            string application = row.GetString(4).Length == 0 ? "" : $", {text.Decode(row.GetString(4))}";
            return string.Create(CultureInfo.InvariantCulture,
                $"{text.Decode(row.GetString(0))} {does} session {row.GetInt32(2)} ({text.Decode(row.GetString(3))}{application})");
        }, cancellationToken).ConfigureAwait(false);
}
