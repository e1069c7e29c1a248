using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Reads from the snapshot what a proof or a restore must know and the SQL does not tell. Texts in the results are decoded.</summary>
internal static class SourceFacts
{
    private const string UserNamespace = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

    /// <summary>Extensions with their versions, other than plpgsql, which every server has.</summary>
    public static Task<List<ExtensionRequirement>> ReadExtensionsAsync(
        NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            "SELECT extname::text, extversion FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY extname",
            r => new ExtensionRequirement(text.Decode(r.GetString(0)), text.Decode(r.GetString(1))), cancellationToken);

    /// <summary>Roles that objects of this database or the database itself depend on.</summary>
    public static Task<List<string>> ReadRolesAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            """
            SELECT DISTINCT r.rolname::text
            FROM pg_catalog.pg_database b
            JOIN pg_catalog.pg_roles r ON r.oid = b.datdba
                OR EXISTS (SELECT FROM pg_catalog.pg_shdepend d
                           WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid
                             AND (d.dbid = b.oid OR (d.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.objid = b.oid)))
                OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = b.oid AND s.setrole = r.oid)
            WHERE b.datname = pg_catalog.current_database() ORDER BY 1
            """,
            r => text.DecodeShared(r.GetString(0)), cancellationToken);

    /// <summary>All superusers of the server.</summary>
    public static Task<List<string>> ReadSuperusersAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection, "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolsuper ORDER BY 1",
            r => text.DecodeShared(r.GetString(0)), cancellationToken);

    /// <summary>Tablespaces other than pg_default that the database or a relation of it lies in.</summary>
    public static Task<List<string>> ReadTablespacesAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            """
            SELECT t.spcname::text FROM pg_catalog.pg_tablespace t
            WHERE t.spcname NOT IN ('pg_default', 'pg_global') AND (
                  t.oid = (SELECT dattablespace FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
                  OR t.oid IN (SELECT reltablespace FROM pg_catalog.pg_class WHERE reltablespace <> 0))
            ORDER BY 1
            """,
            r => text.DecodeShared(r.GetString(0)), cancellationToken);

    /// <summary>libc locales of the database and of collations users made.</summary>
    public static Task<List<string>> ReadLocalesAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            $"""
            SELECT DISTINCT l.name FROM (
                SELECT pg_catalog.unnest(ARRAY[datcollate::text, datctype::text]) AS name
                FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
                UNION ALL
                SELECT pg_catalog.unnest(ARRAY[c.collcollate::text, c.collctype::text])
                FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
                WHERE c.collprovider = 'c' AND {UserNamespace}) l
            WHERE l.name IS NOT NULL ORDER BY 1
            """,
            r => text.Decode(r.GetString(0)), cancellationToken);

    /// <summary>Materialised views and whether they are populated.</summary>
    public static Task<List<MaterializedViewRecord>> ReadMaterializedViewsAsync(
        NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            $"""
            SELECT n.nspname::text, c.relname::text, c.relispopulated
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'm' AND {UserNamespace}
            ORDER BY 1, 2
            """,
            r => new MaterializedViewRecord
            {
                Schema = text.Decode(r.GetString(0)),
                Name = text.Decode(r.GetString(1)),
                IsPopulated = r.GetBoolean(2),
            },
            cancellationToken);

    /// <summary>Constraints that are not validated, as schema.table.constraint.</summary>
    public static Task<List<string>> ReadNotValidConstraintsAsync(
        NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            $"""
            SELECT pg_catalog.concat_ws('.', n.nspname, coalesce(r.relname, t.typname), c.conname)
            FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
            LEFT JOIN pg_catalog.pg_class r ON r.oid = c.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = c.contypid
            WHERE NOT c.convalidated AND {UserNamespace}
            ORDER BY 1
            """,
            r => text.Decode(r.GetString(0)), cancellationToken);

    /// <summary>
    /// Indexes that are not valid, as schema.index. pg_dump leaves them out, so a restored database has none. One of a partitioned table
    /// holds nothing itself; it is dumped, and not valid as long as a partition has none to attach.
    /// </summary>
    public static Task<List<string>> ReadInvalidIndexesAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        ReadAsync(connection,
            $"""
            SELECT n.nspname || '.' || c.relname
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT (i.indisvalid AND i.indisready) AND c.relkind = 'i' AND {UserNamespace}
            ORDER BY 1
            """,
            r => text.Decode(r.GetString(0)), cancellationToken);

    /// <summary>Names of the settings this server knows, in lower case.</summary>
    public static async Task<HashSet<string>> ReadSettingNamesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        [.. await ReadAsync(connection, "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings", r => r.GetString(0), cancellationToken).ConfigureAwait(false)];

    internal static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, string query, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        using var command = new NpgsqlCommand(query, connection);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(row(reader));
        return rows;
    }
}
