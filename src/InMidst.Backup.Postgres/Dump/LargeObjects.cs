using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Reads large objects piece by piece: at backup into frames, at comparison only to count and sum.</summary>
internal static class LargeObjects
{
    private const int PieceLength = 256 * 1024;
    private const int PiecesPerQuery = 32;

    // Many large objects are small: a query takes the first piece of several; the rest of a long one is read after it.
    private static readonly string FirstPieces = $"""
        SELECT m.oid, pg_catalog.lo_get(m.oid, 0, {PieceLength})
        FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid > $1 ORDER BY m.oid LIMIT {PiecesPerQuery}
        """;

    // pg_dump writes these too, but holds every large object in memory. By default only the owner has rights (acldefault in acl.c);
    // who granted what he was granted himself does so again.
    private const string Definition = """
        pg_catalog.format(E'ALTER LARGE OBJECT %s OWNER TO %I;\n', m.oid, pg_catalog.pg_get_userbyid(m.lomowner))
        || coalesce('COMMENT ON LARGE OBJECT ' || m.oid || ' IS ' || pg_catalog.quote_literal(pg_catalog.obj_description(m.oid, 'pg_largeobject')) || E';\n', '')
        || coalesce((SELECT pg_catalog.string_agg(pg_catalog.format(E'SECURITY LABEL FOR %I ON LARGE OBJECT %s IS %L;\n', s.provider, m.oid, s.label), '')
             FROM pg_catalog.pg_seclabel s WHERE s.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND s.objoid = m.oid), '')
        || CASE WHEN m.lomacl IS NULL THEN '' ELSE
             pg_catalog.format(E'REVOKE ALL ON LARGE OBJECT %s FROM %I;\n', m.oid, pg_catalog.pg_get_userbyid(m.lomowner))
             || coalesce((SELECT pg_catalog.string_agg(
                    CASE WHEN a.grantor = m.lomowner THEN g.statement ELSE pg_catalog.format(E'SET SESSION AUTHORIZATION %I;\n%sRESET SESSION AUTHORIZATION;\n',
                        pg_catalog.pg_get_userbyid(a.grantor), g.statement) END, '' ORDER BY a.grantor <> m.lomowner, a.position)
                  FROM pg_catalog.aclexplode(m.lomacl) WITH ORDINALITY a(grantor, grantee, privilege, grantable, position),
                  LATERAL (SELECT pg_catalog.format(E'GRANT %s ON LARGE OBJECT %s TO %s%s;\n', a.privilege, m.oid,
                      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
                      CASE WHEN a.grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement) g), '') END
        """;

    private static readonly string FirstPiecesAndDefinitions =
        FirstPieces.Replace("\nFROM", $",\n{Definition}\nFROM", StringComparison.Ordinal);

    private static readonly string NextPiece = $"SELECT pg_catalog.lo_get($1, $2, {PieceLength})";

    /// <summary>What was read.</summary>
    /// <param name="Count">Large objects.</param>
    /// <param name="Bytes">Bytes of all.</param>
    /// <param name="Checksum">Sum of hashes over "oid:content", 32 hex digits.</param>
    public sealed record Summary(long Count, long Bytes, string Checksum);

    /// <summary>Reads all large objects the connection's snapshot sees.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="handler">Told of each object and its pieces, in order; null to count and sum only.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<Summary> ReadAsync(NpgsqlConnection connection, ILargeObjectHandler? handler, CancellationToken cancellationToken)
    {
        long count = 0;
        long bytes = 0;
        UInt128 sum = 0;
        uint last = 0;
        while (true)
        {
            List<(uint Oid, byte[] Piece, string? Definition)> first = await ReadFirstAsync(
                connection, last, handler is not null, cancellationToken).ConfigureAwait(false);
            if (first.Count == 0)
                return new Summary(count, bytes, sum.ToString("x32", CultureInfo.InvariantCulture));
            foreach ((uint oid, byte[] firstPiece, string? definition) in first)
            {
                if (handler is not null)
                    await handler.BeginAsync(oid, definition!, cancellationToken).ConfigureAwait(false);
                var hash = new XxHash128();
                hash.Append(Encoding.ASCII.GetBytes(oid.ToString(CultureInfo.InvariantCulture) + ":"));
                long offset = 0;
                byte[] piece = firstPiece;
                while (piece.Length > 0)
                {
                    hash.Append(piece);
                    if (handler is not null)
                        await handler.PieceAsync(oid, offset, piece, cancellationToken).ConfigureAwait(false);
                    offset += piece.Length;
                    piece = piece.Length < PieceLength
                        ? []
                        : await ReadNextAsync(connection, oid, offset, cancellationToken).ConfigureAwait(false);
                }

                sum += hash.GetCurrentHashAsUInt128();
                bytes += offset;
                count++;
                last = oid;
            }
        }
    }

    private static async Task<List<(uint Oid, byte[] Piece, string? Definition)>> ReadFirstAsync(
        NpgsqlConnection connection, uint after, bool withDefinition, CancellationToken cancellationToken)
    {
        var pieces = new List<(uint, byte[], string?)>(PiecesPerQuery);
        using var command = new NpgsqlCommand(withDefinition ? FirstPiecesAndDefinitions : FirstPieces, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = after, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            pieces.Add((reader.GetFieldValue<uint>(0), reader.GetFieldValue<byte[]>(1), withDefinition ? reader.GetString(2) : null));
        return pieces;
    }

    private static async Task<byte[]> ReadNextAsync(
        NpgsqlConnection connection, uint oid, long offset, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(NextPiece, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        command.Parameters.Add(new NpgsqlParameter { Value = offset });
        return (byte[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
