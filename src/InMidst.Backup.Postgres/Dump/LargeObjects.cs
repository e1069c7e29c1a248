using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Reads large objects piece by piece: at backup into statements that fill them again, at comparison only to count and sum.</summary>
internal static class LargeObjects
{
    private const int PieceLength = 256 * 1024;
    private const int PiecesPerQuery = 32;

    // Many large objects are small: a query takes the first piece of several; the rest of a long one is read after it.
    private static readonly string FirstPieces = $"""
        SELECT m.oid, pg_catalog.lo_get(m.oid, 0, {PieceLength})
        FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid > $1 ORDER BY m.oid LIMIT {PiecesPerQuery}
        """;

    private static readonly string NextPiece = $"SELECT pg_catalog.lo_get($1, $2, {PieceLength})";

    /// <summary>What was read.</summary>
    /// <param name="Count">Large objects.</param>
    /// <param name="Bytes">Bytes of all.</param>
    /// <param name="Checksum">Sum of hashes over "oid:content", 32 hex digits.</param>
    public sealed record Summary(long Count, long Bytes, string Checksum);

    /// <summary>Takes one piece: the object, where in it, and the bytes.</summary>
    public delegate ValueTask PieceHandler(uint oid, long offset, byte[] piece);

    /// <summary>Reads all large objects the connection's snapshot sees.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="handle">Called for each piece that is not empty, in order; null to count and sum only.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<Summary> ReadAsync(NpgsqlConnection connection, PieceHandler? handle, CancellationToken cancellationToken)
    {
        long count = 0;
        long bytes = 0;
        UInt128 sum = 0;
        uint last = 0;
        while (true)
        {
            List<(uint Oid, byte[] Piece)> first = await ReadFirstAsync(connection, last, cancellationToken).ConfigureAwait(false);
            if (first.Count == 0)
                return new Summary(count, bytes, sum.ToString("x32", CultureInfo.InvariantCulture));
            foreach ((uint oid, byte[] firstPiece) in first)
            {
                var hash = new XxHash128();
                hash.Append(Encoding.ASCII.GetBytes(oid.ToString(CultureInfo.InvariantCulture) + ":"));
                long offset = 0;
                byte[] piece = firstPiece;
                while (piece.Length > 0)
                {
                    hash.Append(piece);
                    if (handle is not null)
                        await handle(oid, offset, piece).ConfigureAwait(false);
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

    /// <summary>
    /// The statement that puts a piece back, whatever standard_conforming_strings says. Holes come back as zeros, which is what they read as.
    /// </summary>
    public static byte[] Statement(uint oid, long offset, byte[] piece) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"SELECT pg_catalog.lo_put({oid}, {offset}, E'\\\\x{Convert.ToHexStringLower(piece)}');\n"));

    private static async Task<List<(uint Oid, byte[] Piece)>> ReadFirstAsync(
        NpgsqlConnection connection, uint after, CancellationToken cancellationToken)
    {
        var pieces = new List<(uint, byte[])>(PiecesPerQuery);
        using var command = new NpgsqlCommand(FirstPieces, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = after, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid });
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            pieces.Add((reader.GetFieldValue<uint>(0), reader.GetFieldValue<byte[]>(1)));
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
