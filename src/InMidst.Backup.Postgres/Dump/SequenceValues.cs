using System.Globalization;
using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Reads the values of all sequences a dump holds. Sequences are not transactional: a value may be newer than the snapshot, never older.</summary>
internal static class SequenceValues
{
    private const int SequencesPerQuery = 100;

    private const string Sequences = """
        SELECT n.nspname::text, c.relname::text, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND (EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)) OR NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
        """;

    private const string NoUnlogged = " AND c.relpersistence <> 'u'";
    private const string InOrder = " ORDER BY 1, 2";

    /// <summary>One sequence with its names as byte strings.</summary>
    public sealed record Value(string Schema, string Name, string Qualified, long LastValue, bool IsCalled)
    {
        public SequenceRecord ToRecord(DatabaseText text) => new()
        {
            Schema = text.Decode(Schema),
            Name = text.Decode(Name),
            LastValue = LastValue,
            IsCalled = IsCalled,
        };
    }

    /// <summary>Reads them, by schema and name. Inside a transaction each stays locked until its end.</summary>
    public static async Task<List<Value>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var values = new List<Value>();
        foreach ((string Schema, string Name, string Qualified)[] chunk in await ListAsync(connection, isStandby: false, cancellationToken).ConfigureAwait(false))
            values.AddRange(await ReadAsync(connection, chunk, cancellationToken).ConfigureAwait(false));
        return values;
    }

    /// <summary>Reads them inside a transaction and gives their locks back: the server's table of locks is small.</summary>
    /// <param name="connection">A connection with a transaction.</param>
    /// <param name="isStandby">On a standby unlogged sequences cannot be read; they are left out.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task<List<Value>> ReadUnlockedAsync(NpgsqlConnection connection, bool isStandby, CancellationToken cancellationToken)
    {
        var values = new List<Value>();
        foreach ((string Schema, string Name, string Qualified)[] chunk in await ListAsync(connection, isStandby, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, "SAVEPOINT sequences", cancellationToken).ConfigureAwait(false);
            values.AddRange(await ReadAsync(connection, chunk, cancellationToken).ConfigureAwait(false));
            await ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT sequences", cancellationToken).ConfigureAwait(false);
        }

        return values;
    }

    private static async Task<IEnumerable<(string Schema, string Name, string Qualified)[]>> ListAsync(
        NpgsqlConnection connection, bool isStandby, CancellationToken cancellationToken) =>
        (await SourceFacts.ReadAsync(
            connection, Sequences + (isStandby ? NoUnlogged : "") + InOrder, r => (r.GetString(0), r.GetString(1), r.GetString(2)), cancellationToken)
            .ConfigureAwait(false)).Chunk(SequencesPerQuery);

    private static Task<List<Value>> ReadAsync(
        NpgsqlConnection connection, (string Schema, string Name, string Qualified)[] chunk, CancellationToken cancellationToken)
    {
        string query = string.Join(" UNION ALL ", chunk.Select((s, i) =>
            string.Create(CultureInfo.InvariantCulture, $"SELECT {i}, last_value, is_called FROM {s.Qualified}")));
        return SourceFacts.ReadAsync(connection, query, r =>
        {
            (string schema, string name, string qualified) = chunk[r.GetInt32(0)];
            return new Value(schema, name, qualified, r.GetInt64(1), r.GetBoolean(2));
        }, cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The statements that set them, as pg_dump writes them.</summary>
    public static byte[] Write(IReadOnlyList<Value> values)
    {
        var text = new StringBuilder();
        foreach (Value v in values)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"SELECT pg_catalog.setval({Sql.Literal(v.Qualified)}, {v.LastValue}, {(v.IsCalled ? "true" : "false")});\n");
        }

        return Encoding.Latin1.GetBytes(text.Append('\n').ToString());
    }
}
