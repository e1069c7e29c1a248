using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class FormatJsonTests
{
    private const string Name = "app_20250102_030405.sql.gz.manifest.json";

    private static readonly BackupManifest Manifest = SampleRecords.Manifest(SampleDump.Id) with
    {
        Objects = [new ObjectRecord("data", "app_20250102_030405.sql.gz", 1000, SampleRecords.Sha256), new ObjectRecord("globals", "g.globals.sql.gz", 5, SampleRecords.Sha256)],
        Index = new IndexLocation(800, 100, SampleRecords.Sha256),
    };

    private static readonly DumpIndex Index = SampleRecords.Index(SampleRecords.Manifest(SampleDump.Id),
        [new FrameEntry { Kind = FrameKind.Data, Offset = 0, Length = 10, RawLength = 20, Hash = SampleRecords.Sum, Table = 0, Rows = 3 }]);

    public static TheoryData<string> RequiredOfManifest => [.. Required(FormatJson.Write(Manifest),
        "tool", "id", "kind", "series", "series.database", "series.systemIdentifier", "source", "source.host", "source.port", "source.serverVersion",
        "source.serverVersionNumber", "started", "completed", "compression", "totals", "totals.rows", "database", "database.encoding", "database.owner",
        "requirements", "requirements.pgDumpVersion", "objects.0.role", "objects.0.name", "objects.0.length", "objects.0.sha256", "index.sha256")];

    [Fact]
    public void A_manifest_comes_back_as_it_was()
    {
        byte[] json = FormatJson.Write(Manifest);
        BackupManifest read = FormatJson.ReadManifest(json, Name);
        Assert.Equal(json, FormatJson.Write(read));
        Assert.Equal(Manifest.Objects, read.Objects);
        Assert.Equal(Manifest.Tables, read.Tables);
        Assert.Equal(Manifest.Series, read.Series);
        Assert.Equal(Manifest.Source, read.Source);
        Assert.Equal(Manifest.Totals, read.Totals);
        Assert.Equal(Manifest.Database.RoleSettings, read.Database.RoleSettings);
        Assert.Equal(Manifest.Database.Comment, read.Database.Comment);
        Assert.Equal(Manifest.Requirements.Extensions, read.Requirements.Extensions);
        Assert.Equal(Manifest.Started, read.Started);
        Assert.Equal(15, read.Source.Major);
    }

    [Fact]
    public void A_manifest_of_little_comes_back_as_it_was()
    {
        BackupManifest little = Manifest with
        {
            Series = new SeriesRecord(null, "app"), SnapshotLsn = null, Objects = [], Index = null, Tables = [],
            Database = Manifest.Database with { Locale = null, IcuRules = null, CollationVersion = null, Comment = null, Settings = [], RoleSettings = [], Privileges = [] },
        };
        byte[] json = FormatJson.Write(little);
        BackupManifest read = FormatJson.ReadManifest(json, Name);
        Assert.Equal(json, FormatJson.Write(read));
        Assert.Null(read.Series.SystemIdentifier);
        Assert.Null(read.Index);
        Assert.Empty(read.Tables);
    }

    [Fact]
    public void An_index_comes_back_as_it_was()
    {
        byte[] json = FormatJson.Write(Index);
        DumpIndex read = FormatJson.ReadIndex(json, "a.sql");
        Assert.Equal(json, FormatJson.Write(read));
        Assert.Equal(Index.Frames, read.Frames);
        Assert.Equal(Index.Sequences, read.Sequences);
        Assert.Equal(Index.MaterializedViews, read.MaterializedViews);
        Assert.Equal(Index.Entries[0].Settings, read.Entries[0].Settings);
        Assert.Equal(Index.Tables[0].Columns, read.Tables[0].Columns);
    }

    [Fact]
    public void A_proof_comes_back_as_it_was()
    {
        byte[] json = FormatJson.Write(SampleRecords.Proof(SampleRecords.Sha256));
        Assert.Equal(json, FormatJson.Write(FormatJson.ReadProof(json)!));
    }

    [Fact]
    public void What_is_written_is_named_and_spelled_as_the_format_says()
    {
        JsonObject json = Parse(FormatJson.Write(Manifest));
        Assert.Equal(1, (int)json["format"]!);
        Assert.Equal("Gzip", (string)json["compression"]!);
        Assert.Equal("2025-01-02T03:04:05+00:00", (string)json["started"]!);
        Assert.Equal("7390000000000000001", (string)json["series"]!["systemIdentifier"]!);
        Assert.False(json["source"]!.AsObject().ContainsKey("major"));
        Assert.Equal("PreData", (string)Parse(FormatJson.Write(Index))["entries"]![0]!["frame"]!);
    }

    [Fact]
    public void Unknown_fields_are_ignored()
    {
        JsonObject json = Parse(FormatJson.Write(Manifest));
        json["recipients"] = new JsonArray("age1…");
        json["series"]!["color"] = "blue";
        json["objects"]![0]!["part"] = 1;
        Assert.Equal(FormatJson.Write(Manifest), FormatJson.Write(FormatJson.ReadManifest(Bytes(json), Name)));
    }

    [Fact]
    public void A_newer_format_is_refused_whatever_else_it_holds()
    {
        Assert.Equal(ErrorIds.FormatTooNew, RefusalOf("""{"format": 2}"""u8));
        Assert.Equal(ErrorIds.FormatTooNew, RefusalOf("""{"id": 5, "series": "x", "format": 3}"""u8));
        Assert.Equal(ErrorIds.FormatTooNew, Assert.Throws<BackupException>(() => FormatJson.ReadIndex("""{"format": 2}"""u8, "a.sql")).Id);
        Assert.Null(FormatJson.ReadProof(FormatJson.Write(SampleRecords.Proof(SampleRecords.Sha256) with { Format = 2 })));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("\0\0\0\0")]
    [InlineData("""{"format": 0}""")]
    [InlineData("""{"format": -1}""")]
    [InlineData("""{"format": "1"}""")]
    [InlineData("""{"format": null}""")]
    [InlineData("""{"format": 1.5}""")]
    [InlineData("""{"format": 99999999999}""")]
    [InlineData("""{"format": 1}""")]
    [InlineData("""{"format": 1} trailing""")]
    public void What_is_no_manifest_is_corrupt(string json)
    {
        Assert.Equal(ErrorIds.ManifestCorrupt, RefusalOf(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => FormatJson.ReadIndex(Encoding.UTF8.GetBytes(json), "a.sql")).Id);
        Assert.Null(FormatJson.ReadProof(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [MemberData(nameof(RequiredOfManifest))]
    public void A_manifest_without_a_required_field_or_with_null_in_it_is_corrupt(string path)
    {
        string[] parts = path.Split('.');
        JsonObject json = Parse(FormatJson.Write(Manifest));
        JsonObject owner = Descend(json, parts[..^1]).AsObject();
        Assert.True(owner.Remove(parts[^1]));
        Assert.Equal(ErrorIds.ManifestCorrupt, RefusalOf(Bytes(json)));
        owner[parts[^1]] = null;
        if (path != "series.systemIdentifier")
            Assert.Equal(ErrorIds.ManifestCorrupt, RefusalOf(Bytes(json)));
    }

    [Theory]
    [InlineData("objects")]
    [InlineData("tables")]
    public void A_list_of_nothing_is_corrupt(string list)
    {
        JsonObject json = Parse(FormatJson.Write(Manifest));
        json[list] = new JsonArray((JsonNode?)null);
        Assert.Equal(ErrorIds.ManifestCorrupt, RefusalOf(Bytes(json)));
        json[list] = null;
        Assert.Equal(ErrorIds.ManifestCorrupt, RefusalOf(Bytes(json)));
    }

    [Fact]
    public void A_field_that_is_left_out_means_its_default()
    {
        JsonObject json = Parse(FormatJson.Write(Manifest));
        foreach (string path in (string[])["objects", "tables", "database.privileges", "database.settings", "database.roleSettings",
            "database.connectionLimit", "requirements.extensions", "requirements.roles", "requirements.tablespaces", "requirements.locales",
            "totals.skippedUnloggedTables"])
        {
            string[] parts = path.Split('.');
            Assert.True(Descend(json, parts[..^1]).AsObject().Remove(parts[^1]));
        }

        BackupManifest read = FormatJson.ReadManifest(Bytes(json), Name);
        Assert.Empty(read.Objects);
        Assert.Empty(read.Tables);
        Assert.Empty(read.Database.Privileges);
        Assert.Empty(read.Database.Settings);
        Assert.Empty(read.Database.RoleSettings);
        Assert.Equal(-1, read.Database.ConnectionLimit);
        Assert.Empty(read.Requirements.Extensions);
        Assert.Empty(read.Requirements.Roles);
        Assert.Empty(read.Requirements.Tablespaces);
        Assert.Empty(read.Requirements.Locales);
        Assert.Equal(0, read.Totals.SkippedUnloggedTables);

        JsonObject proof = Parse(FormatJson.Write(SampleRecords.Proof(SampleRecords.Sha256)));
        proof.Remove("findings");
        Assert.Empty(FormatJson.ReadProof(Bytes(proof))!.Findings);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("\"Lzma\"")]
    [InlineData("17")]
    public void A_compression_we_do_not_know_is_corrupt(string value)
    {
        JsonObject json = Parse(FormatJson.Write(Manifest));
        json["compression"] = JsonNode.Parse(value);
        Assert.Equal(ErrorIds.ManifestCorrupt, RefusalOf(Bytes(json)));
    }

    [Fact]
    public void Damage_anywhere_in_a_manifest_is_corrupt_or_harmless()
    {
        byte[] json = FormatJson.Write(Manifest);
        for (int i = 0; i < json.Length; i++)
        {
            foreach (byte value in (byte[])[0, (byte)'"', (byte)'9', 0xFF, (byte)(json[i] ^ 1)])
            {
                byte[] damaged = [.. json];
                damaged[i] = value;
                ReadOrRefuse(damaged);
            }

            ReadOrRefuse(json[..i]);
        }
    }

    private static void ReadOrRefuse(byte[] json)
    {
        try
        {
            FormatJson.ReadManifest(json, Name);
        }
        catch (BackupException e)
        {
            Assert.True(e.Id == ErrorIds.ManifestCorrupt || e.Id == ErrorIds.FormatTooNew);
            Assert.Contains(Name, e.Message);
        }
    }

    private static ErrorId RefusalOf(ReadOnlySpan<byte> json)
    {
        byte[] bytes = json.ToArray();
        BackupException e = Assert.Throws<BackupException>(() => FormatJson.ReadManifest(bytes, Name));
        Assert.Contains(Name, e.Message);
        return e.Id;
    }

    private static JsonNode Descend(JsonNode node, IEnumerable<string> path) =>
        path.Aggregate(node, (n, part) => int.TryParse(part, out int i) ? n[i]! : n[part]!);

    /// <summary>The paths, each of which must lead somewhere in the whole document.</summary>
    private static string[] Required(byte[] json, params string[] paths)
    {
        JsonObject root = Parse(json);
        Assert.All(paths, path => Assert.NotNull(Descend(root, path.Split('.'))));
        return paths;
    }

    private static JsonObject Parse(byte[] json) => JsonNode.Parse(json)!.AsObject();

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);
}
