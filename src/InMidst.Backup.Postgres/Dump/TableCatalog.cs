using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Finds the tables whose rows pg_dump would write: ordinary tables outside system schemas, not those that belong to an extension
/// except its configuration tables with their filters; no partitioned, foreign or temporary ones.
/// </summary>
internal static class TableCatalog
{
    private const string Tables = """
        SELECT c.oid, n.nspname::text, c.relname::text,
               pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
               x.condition, coalesce(pg_catalog.pg_table_size(c.oid), 0),
               r.oid, r.nspname::text, r.relname::text,
               pg_catalog.quote_ident(r.nspname) || '.' || pg_catalog.quote_ident(r.relname),
               c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid),
               CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 140000
                         AND m.amhandler = 'pg_catalog.heap_tableam_handler'::pg_catalog.regproc
                    THEN coalesce(pg_catalog.pg_relation_size(c.oid), 0) / pg_catalog.current_setting('block_size')::pg_catalog.int8
                    ELSE 0 END
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
        LEFT JOIN LATERAL (
            SELECT e.extcondition[i.position] AS condition
            FROM pg_catalog.pg_extension e, pg_catalog.unnest(e.extconfig) WITH ORDINALITY i(member, position)
            WHERE i.member = c.oid) x ON true
        LEFT JOIN LATERAL (
            SELECT rc.oid, rn.nspname, rc.relname
            FROM pg_catalog.pg_class rc JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace
            WHERE c.relispartition AND rc.oid = pg_catalog.pg_partition_root(c.oid) AND EXISTS (
                SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) a
                JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = a.relid AND p.partstrat = 'h'
                JOIN pg_catalog.pg_opclass o ON o.oid = ANY (p.partclass::pg_catalog.oid[])
                WHERE o.opcintype = 'pg_catalog.anyenum'::pg_catalog.regtype)) r ON true
        WHERE c.relkind = 'r' AND c.relpersistence <> 't'
          AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND (x.condition IS NOT NULL OR NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
        """;

    private const string Columns = """
        SELECT a.attrelid, a.attname::text, pg_catalog.quote_ident(a.attname)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY a.attrelid, a.attnum
        """;

    private const string NoUnlogged = " AND c.relpersistence <> 'u'";
    private const string InOrder = " ORDER BY n.nspname, c.relname";

    /// <summary>Lists the tables without their columns.</summary>
    /// <param name="connection">A byte-text connection.</param>
    /// <param name="isStandby">On a standby the rows of unlogged tables cannot be read; they are left out.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<List<SourceTable>> ListAsync(NpgsqlConnection connection, bool isStandby, CancellationToken cancellationToken)
    {
        var tables = new List<SourceTable>();
        using var command = new NpgsqlCommand(Tables + (isStandby ? NoUnlogged : "") + InOrder, connection);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string? filter = await reader.IsDBNullAsync(4, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(4);
            bool hasRoot = !await reader.IsDBNullAsync(6, cancellationToken).ConfigureAwait(false);
            tables.Add(new SourceTable
            {
                Oid = reader.GetFieldValue<uint>(0),
                Schema = reader.GetString(1),
                Name = reader.GetString(2),
                Qualified = reader.GetString(3),
                Filter = string.IsNullOrWhiteSpace(filter) ? null : filter,
                SizeOnDisk = reader.GetInt64(5),
                Root = hasRoot ? (reader.GetFieldValue<uint>(6), reader.GetString(7), reader.GetString(8), reader.GetString(9)) : null,
                IsRewritten = reader.GetBoolean(10),
                Pages = reader.GetInt64(11),
            });
        }

        return tables;
    }

    /// <summary>Lists the unlogged tables that a standby cannot read, as byte strings, quoted.</summary>
    public static Task<List<string>> ListUnloggedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SourceFacts.ReadAsync(
            connection, $"SELECT t.name FROM ({Tables} AND c.relpersistence = 'u') t(oid, nspname, relname, name) ORDER BY 1", r => r.GetString(0), cancellationToken);

    /// <summary>Gives each table its columns. A leaf that is loaded through its root takes the root's order.</summary>
    public static async Task<List<SourceTable>> WithColumnsAsync(
        NpgsqlConnection connection, IReadOnlyList<SourceTable> tables, CancellationToken cancellationToken)
    {
        var columns = new Dictionary<uint, (List<string> Names, List<string> Quoted)>();
        using (var command = new NpgsqlCommand(Columns, connection))
        {
            using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                uint oid = reader.GetFieldValue<uint>(0);
                if (!columns.TryGetValue(oid, out (List<string> Names, List<string> Quoted) list))
                    columns.Add(oid, list = ([], []));
                list.Names.Add(reader.GetString(1));
                list.Quoted.Add(reader.GetString(2));
            }
        }

        return [.. tables.Select(t => columns.TryGetValue(t.Root?.Oid ?? t.Oid, out (List<string> Names, List<string> Quoted) list)
            ? t with { Columns = list.Names, QuotedColumns = list.Quoted }
            : t)];
    }
}
