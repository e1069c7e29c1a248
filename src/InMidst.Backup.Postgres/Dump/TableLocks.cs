using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// ACCESS SHARE locks on what pg_dump locks: every table and partitioned table outside system schemas. They last as long as the
/// transaction and keep out whatever would empty, rewrite, rename or drop a table.
/// </summary>
internal static class TableLocks
{
    private const int LocksPerStatement = 500;

    private const string Candidates = """
        SELECT c.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        """;

    // LOCK goes by name, and a name may have come to mean another table since it was read: only pg_locks tells what is locked.
    private const string NotHeld = """
         AND c.oid NOT IN (
            SELECT l.relation FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'relation' AND l.mode = 'AccessShareLock' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))
        """;

    private const string InOrder = " ORDER BY c.oid";

    /// <summary>A table that is to be locked; its name is a byte string, quoted.</summary>
    public readonly record struct Target(uint Oid, string Qualified);

    /// <summary>Lists what there is to lock, in the order in which pg_dump locks.</summary>
    public static Task<List<Target>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(connection, Candidates + InOrder, cancellationToken);

    /// <summary>Lists what this session's transaction sees but holds no lock on.</summary>
    public static Task<List<Target>> ListUnlockedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(connection, Candidates + NotHeld + InOrder, cancellationToken);

    /// <summary>Takes the locks. No snapshot is taken: LOCK TABLE needs none.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, IEnumerable<Target> targets, CancellationToken cancellationToken)
    {
        foreach (Target[] chunk in targets.Chunk(LocksPerStatement))
        {
            string names = string.Join(", ", chunk.Select(t => "ONLY " + t.Qualified));
            using var command = new NpgsqlCommand($"LOCK TABLE {names} IN ACCESS SHARE MODE", connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task<List<Target>> ReadAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken) =>
        SourceFacts.ReadAsync(connection, query, row => new Target(row.GetFieldValue<uint>(0), row.GetString(1)), cancellationToken);
}
