using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

public sealed class ScriptFuzzTests
{
    private static readonly string[] Words =
    [
        "'", "''", "\"", "$$", "$a$", "$1", "$", "E'", "U&'", "B'", "\\", "\\.", "\n\\.\n", "\r", "\n", ";", "(", ")", "--", "/*", "*/", "-", "/",
        " ", "CREATE ", "FUNCTION ", "OR REPLACE ", "BEGIN ", "ATOMIC ", "CASE ", "END ", "COPY t ", "FROM ", "stdin", "a", "b$", "\u0083",
        "\u00E9", "\0", ";SET standard_conforming_strings = off;", ";SET client_encoding = 'SJIS';", ";SET NAMES 'UTF8';", ";COPY t FROM stdin;\n",
        "\\restrict a\n", "\\unrestrict a\n", "&", "SELECT set_config(", "1", ",",
    ];

    [Fact]
    public async Task Any_bytes_are_read_to_the_end_or_refused()
    {
        var random = new Random(20260101);
        for (int round = 0; round < 2000; round++)
        {
            byte[] script = new byte[random.Next(0, 1500)];
            random.NextBytes(script);
            await ReadTwice(script, random);
        }
    }

    [Fact]
    public async Task Any_mixture_of_what_matters_is_read_alike_however_it_is_cut()
    {
        var random = new Random(20260102);
        int whole = 0;
        for (int round = 0; round < 20_000; round++)
        {
            string script = string.Concat(random.GetItems(Words, random.Next(1, 40)));
            whole += await ReadTwice(System.Text.Encoding.Latin1.GetBytes(script), random) ? 1 : 0;
        }

        Assert.InRange(whole, 200, 19_800);
    }

    private static async Task<bool> ReadTwice(byte[] script, Random random)
    {
        (List<Piece>? pieces, string? error) = await Outcome(script, () => int.MaxValue, 1 << 16);
        (List<Piece>? again, string? errorAgain) = await Outcome(script, () => random.Next(1, 9), random.Next(16, 64));

        Assert.Equal(error, errorAgain);
        Assert.Equal(pieces, again);
        return error is null;
    }

    private static async Task<(List<Piece>? Pieces, string? Error)> Outcome(byte[] script, Func<int> chunk, int buffer)
    {
        try
        {
            return (await ScriptReading.Read(script, chunk, new SqlScriptReaderOptions { BufferBytes = buffer }), null);
        }
        catch (BackupException e)
        {
            return (null, $"{e.Id}: {e.Message}");
        }
    }
}
