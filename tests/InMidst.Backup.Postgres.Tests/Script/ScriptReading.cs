using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

/// <summary>Reads a whole script, again and again with reads that end at other places, and insists on one result.</summary>
internal static class ScriptReading
{
    private static readonly int[] ChunkSizes = [1, 2, 3, 7, 64 * 1024];

    public static Task<List<Piece>> Pieces(string script, SqlScriptReaderOptions? options = null) =>
        Pieces(Encoding.Latin1.GetBytes(script), options);

    public static async Task<List<Piece>> Pieces(byte[] script, SqlScriptReaderOptions? options = null)
    {
        List<Piece>? first = null;
        foreach (int size in ChunkSizes)
        {
            List<Piece> pieces = await Read(script, () => size, options);
            first ??= pieces;
            Assert.Equal(first, pieces);
        }

        return first!;
    }

    public static async Task<List<string>> Statements(string script) =>
        (await Pieces(script)).Where(p => p.Kind != ScriptItemKind.Comment).Select(p => p.Text).ToList();

    public static async Task<BackupException> Failure(byte[] script, SqlScriptReaderOptions? options = null)
    {
        BackupException? first = null;
        foreach (int size in ChunkSizes)
        {
            var error = await Assert.ThrowsAsync<BackupException>(() => Read(script, () => size, options));
            first ??= error;
            Assert.Equal((first.Id, first.Message), (error.Id, error.Message));
        }

        return first!;
    }

    public static Task<BackupException> Failure(string script, SqlScriptReaderOptions? options = null) =>
        Failure(Encoding.Latin1.GetBytes(script), options);

    public static async Task<List<Piece>> Read(
        byte[] script, Func<int> nextChunk, SqlScriptReaderOptions? options = null)
    {
        using var reader = new SqlScriptReader(new ChunkedStream(script, nextChunk), options);
        List<Piece> pieces = [];
        while (await reader.ReadAsync(CancellationToken.None) is { } item)
        {
            var data = new StringBuilder();
            if (item.Kind == ScriptItemKind.Copy)
            {
                long line = reader.Line;
                ReadOnlyMemory<byte> piece;
                while (!(piece = await reader.ReadCopyDataAsync(CancellationToken.None)).IsEmpty)
                {
                    data.Append(Encoding.Latin1.GetString(piece.Span));
                    line += piece.Span.Count((byte)'\n');
                    Assert.Equal(line, reader.Line);
                }
            }

            pieces.Add(new Piece(item.Kind, item.Text, item.Line, data.ToString()));
        }

        return pieces;
    }
}
