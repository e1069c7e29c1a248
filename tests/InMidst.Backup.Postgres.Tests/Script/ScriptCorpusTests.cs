using System.Text;
using System.Text.Json;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

/// <summary>tests/data/script/README.md says how the files were made.</summary>
public sealed class ScriptCorpusTests
{
    public static TheoryData<string> Scripts => [.. Directory.GetFiles(DataDirectory, "*.sql").Select(f => Path.GetFileName(f)).Order()];

    private static string DataDirectory
    {
        get
        {
            string directory = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(directory, "InMidst.Backup.sln")))
                directory = Path.GetDirectoryName(directory)!;
            return Path.Combine(directory, "tests", "data", "script");
        }
    }

    [Fact]
    public void The_corpus_is_there()
    {
        Assert.Equal(12, Scripts.Count);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task The_reader_finds_the_statements_psql_sent(string script)
    {
        byte[] content = await File.ReadAllBytesAsync(Path.Combine(DataDirectory, script));
        string[] sent = await File.ReadAllLinesAsync(Path.Combine(DataDirectory, Path.ChangeExtension(script, ".statements.jsonl")));
        var encoding = EncodingOf(script);

        var found = (await ScriptReading.Pieces(content))
            .Where(p => p.Kind != ScriptItemKind.Comment)
            .Select(p => encoding.GetString(Encoding.Latin1.GetBytes(p.Text)) + ";");

        Assert.Equal(sent.Select(line => JsonSerializer.Deserialize<string>(line)!), found);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task However_reads_and_buffers_end_the_result_is_the_same(string script)
    {
        byte[] content = await File.ReadAllBytesAsync(Path.Combine(DataDirectory, script));
        var expected = await ScriptReading.Read(content, () => int.MaxValue);

        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            int most = random.Next(1, 2000);
            var options = new SqlScriptReaderOptions { BufferBytes = random.Next(16, 4096) };
            var pieces = await ScriptReading.Read(content, () => random.Next(1, most + 1), options);
            Assert.Equal(expected, pieces);
        }
    }

    [Fact]
    public async Task The_data_of_a_dump_are_its_own_lines()
    {
        string content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(DataDirectory, "copy.sql")));
        var copies = (await ScriptReading.Pieces(content)).Where(p => p.Kind == ScriptItemKind.Copy).ToList();

        Assert.Equal(5, copies.Count);
        Assert.All(copies, copy => Assert.Contains($"\n{copy.Text};\n{copy.Data}\\.\n", content));
    }

    private static Encoding EncodingOf(string script)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return script switch
        {
            "sjis.sql" or "sjis-backslash.sql" => Encoding.GetEncoding(932),
            "latin1.sql" => Encoding.Latin1,
            _ => Encoding.UTF8,
        };
    }
}
