using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Finds what other sessions changed in the catalogue since the snapshot. A query sees the catalogue of its snapshot; statements
/// that name a table, and the functions that print definitions, on which pg_dump relies, see that of now. Where both differ, a dump
/// would mix two moments: a schema that was renamed and replaced gives the other schema's rows, without any error.
/// </summary>
/// <remarks>
/// Tables are locked, but nothing locks a schema, and pg_dump locks neither views nor sequences, types and functions.
/// What was renamed and renamed back in between is not seen.
/// </remarks>
internal static class SourceChanges
{
    private const string UserNamespace = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

    // The reg* types print the name of now, with its schema since search_path is empty, or the number of what is gone.
    private const string Relations = $"""
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS was, c.oid::pg_catalog.regclass::pg_catalog.text AS now
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE {UserNamespace} AND c.relpersistence <> 't'
        """;

    private const string Others = $"""
        SELECT pg_catalog.quote_ident(n.nspname), n.oid::pg_catalog.regnamespace::pg_catalog.text
        FROM pg_catalog.pg_namespace n WHERE {UserNamespace}
        UNION ALL
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname), t.oid::pg_catalog.regtype::pg_catalog.text
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE {UserNamespace} AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
        UNION ALL
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname), p.oid::pg_catalog.regproc::pg_catalog.text
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {UserNamespace}
        UNION ALL
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || o.oprname, o.oid::pg_catalog.regoper::pg_catalog.text
        FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE {UserNamespace}
        UNION ALL
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname), c.oid::pg_catalog.regcollation::pg_catalog.text
        FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE {UserNamespace}
        """;

    private const string Columns = """
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
          AND (pg_catalog.pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass, a.attrelid, a.attnum)).object_names
              IS DISTINCT FROM ARRAY[n.nspname::pg_catalog.text, c.relname::pg_catalog.text, a.attname::pg_catalog.text]
        LIMIT 1
        """;

    // A new file: restarted or altered. What setval and nextval do is no transaction's, and leaves the file.
    private const string Sequences = $"""
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND {UserNamespace}
          AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)
        LIMIT 1
        """;

    /// <summary>Whether the server says so because something that the snapshot knows is gone, renamed or another sort of thing.</summary>
    /// <param name="sqlState">SQLSTATE of a statement that was made from the catalogue.</param>
    public static bool Explains(string sqlState) => sqlState is
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn
        or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.WrongObjectType;

    /// <summary>The name of one object that has another name now or is gone; null if there is none.</summary>
    public static Task<string?> FindAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        FirstAsync(connection, text, $"SELECT was FROM ({Relations} UNION ALL {Others}) o WHERE was <> now ORDER BY 1 LIMIT 1", [], cancellationToken);

    /// <summary>The same for tables only: after its definition was read, the rest may be dropped without harm.</summary>
    public static Task<string?> FindTableAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        FirstAsync(connection, text, $"SELECT was FROM ({Relations} AND c.relkind = 'r') o WHERE was <> now ORDER BY 1 LIMIT 1", [], cancellationToken);

    /// <summary>The name of one of these tables that has lost or renamed a column; null if there is none.</summary>
    public static Task<string?> FindColumnAsync(
        NpgsqlConnection connection, DatabaseText text, IEnumerable<uint> tables, CancellationToken cancellationToken) =>
        FirstAsync(connection, text, Columns,
            [new NpgsqlParameter { Value = tables.ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Oid }], cancellationToken);

    /// <summary>The name of one sequence that was restarted or altered; null if there is none.</summary>
    public static Task<string?> FindSequenceAsync(NpgsqlConnection connection, DatabaseText text, CancellationToken cancellationToken) =>
        FirstAsync(connection, text, Sequences, [], cancellationToken);

    private static async Task<string?> FirstAsync(
        NpgsqlConnection connection, DatabaseText text, string query, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(query, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string name ? text.Decode(name) : null;
    }
}
