using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// What is analysed in a restored database: every table once, partitioned tables and inheritance parents too, which autovacuum never
/// does for the former; and the catalogues that the restore has grown.
/// </summary>
internal static class AnalyzedTables
{
    // Before 18 ANALYZE of a partitioned table analyses its partitions as well (expand_vacuum_rel, vacuum.c), so those are no jobs of
    // their own; from 18 ONLY leaves them out (https://www.postgresql.org/docs/18/release-18.html), and each is one. The statistics of
    // a parent are made from rows of all its children: one that has a foreign table below it would send us to another server. The
    // catalogues of an empty database are below a megabyte each; who owns the database may analyse those that are not shared.
    private const string Query = """
        WITH RECURSIVE remote(oid) AS (
            SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'f'
            UNION SELECT i.inhparent FROM remote r JOIN pg_catalog.pg_inherits i ON i.inhrelid = r.oid),
        release(has_only) AS (SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 180000),
        sized AS (
            SELECT c.oid, c.relkind, c.relispartition, c.relisshared, n.nspname,
                   pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name,
                   coalesce((SELECT sum(pg_catalog.pg_relation_size(t.relid)) FROM pg_catalog.pg_partition_tree(c.oid) t),
                            pg_catalog.pg_relation_size(c.oid)) AS bytes
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema')
        SELECT s.name, CASE WHEN release.has_only THEN 'ANALYZE ONLY ' ELSE 'ANALYZE ' END || s.name
        FROM sized s CROSS JOIN release
        WHERE s.oid NOT IN (SELECT oid FROM remote)
          AND (s.nspname <> 'pg_catalog' OR s.bytes >= 1048576 AND NOT s.relisshared)
          AND (release.has_only OR NOT s.relispartition OR EXISTS (
              SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = s.oid AND i.inhparent IN (SELECT oid FROM remote)))
          AND
        """;

    /// <summary>Tables and partitioned tables, the largest first.</summary>
    /// <param name="session">A session in the database.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static Task<List<AnalyzeJob>> ReadTablesAsync(WireConnection session, CancellationToken cancellationToken) =>
        ReadAsync(session, "s.relkind <> 'm'", cancellationToken);

    /// <summary>Materialised views that are filled, the largest first.</summary>
    /// <param name="session">A session in the database.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static Task<List<AnalyzeJob>> ReadViewsAsync(WireConnection session, CancellationToken cancellationToken) =>
        ReadAsync(session, "s.relkind = 'm'", cancellationToken);

    private static async Task<List<AnalyzeJob>> ReadAsync(WireConnection session, string kind, CancellationToken cancellationToken)
    {
        List<string?[]> rows = await session.QueryAsync($"{Query} {kind} ORDER BY s.bytes DESC, s.name", cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(r => new AnalyzeJob(r[0]!, r[1]!))];
    }
}
