using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;

namespace InMidst.Backup.Core.Tests.Format;

/// <summary>Backups that were made once and must be readable for ever; tests/data/README.md says more.</summary>
public sealed class GoldenFilesTests
{
    private static readonly (string Id, CompressionKind Kind, string Extension)[] Backups =
    [
        ("app_20261122_154503", CompressionKind.Gzip, ".sql.gz"),
        ("app_20261122_154515", CompressionKind.Zstd, ".sql.zst"),
        ("app_20261122_154520", CompressionKind.None, ".sql"),
    ];

    private readonly List<string> _warnings = [];

    public static TheoryData<string> Names => [.. Backups.Select(b => b.Id + b.Extension)];

    private static IStorage Storage => new DiskStorage(DataFiles.Path("format-1"));

    [Fact]
    public async Task All_are_listed_with_their_proofs()
    {
        var records = new List<BackupRecord>();
        await foreach (BackupRecord record in new BackupRepository(Storage, _warnings.Add).ListAsync(default))
            records.Add(record);

        Assert.Empty(_warnings);
        Assert.Equal(["plain_20240101_000000", .. Backups.Select(b => b.Id)], records.Select(r => r.Id));
        Assert.Null(records[0].Manifest);
        Assert.Equal("plain", records[0].Database);
        foreach ((BackupRecord record, (string _, CompressionKind kind, string extension)) in records.Skip(1).Zip(Backups))
        {
            Assert.Equal(record.Id + extension, record.Data.Name);
            Assert.Equal("app", record.Database);
            Assert.Equal(kind, record.Manifest!.Compression);
            Assert.Equal("Passed", record.Proof!.Verdict);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_manifest_tells_what_the_database_was(string name)
    {
        BackupManifest manifest = (await new BackupRepository(Storage, _warnings.Add).OpenAsync(name, default)).Manifest!;
        Assert.Equal(1, manifest.Format);
        Assert.Equal("InMidst.Backup 0.1.0", manifest.Tool);
        Assert.Equal(new SeriesRecord("7711014565122302943", "app"), manifest.Series);
        Assert.Equal(15, manifest.Source.Major);
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 15, 45, 0, TimeSpan.Zero), manifest.Started, TimeSpan.FromMinutes(1));
        Assert.Equal((5, 55L, 2, 2L, 3L), (manifest.Totals.Tables, manifest.Totals.Rows, manifest.Totals.Sequences, manifest.Totals.LargeObjects, manifest.Totals.LargeObjectBytes));
        Assert.Equal(("UTF8", "libc", "C.UTF-8", "postgres", -1), (
            manifest.Database.Encoding, manifest.Database.LocaleProvider, manifest.Database.Collate, manifest.Database.Owner, manifest.Database.ConnectionLimit));
        Assert.Equal("a database", manifest.Database.Comment);
        Assert.Equal(["search_path=\"$user\", shop, public", "work_mem=8MB"], manifest.Database.Settings);
        Assert.Equal([new RoleSetting("reader", "statement_timeout=5min")], manifest.Database.RoleSettings);
        Assert.Equal([new ExtensionRequirement("citext", "1.6")], manifest.Requirements.Extensions);
        Assert.Equal(["odd \"role", "postgres", "reader", "writer"], manifest.Requirements.Roles);
        Assert.Equal(["fast"], manifest.Requirements.Tablespaces);
        Assert.Equal(["data", "globals"], manifest.Objects.Select(o => o.Role));
        Assert.Contains(new ManifestTable("shop", "part_b", 2, 8, "11665606fe8bd6ae2d014d122b927519"), manifest.Tables);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_byte_and_row_is_as_the_index_says(string name)
    {
        DumpFile file = await DumpFile.OpenAsync(Storage, name, default);
        DumpIndex index = await file.ReadIndexAsync(default);
        BackupManifest manifest = (await new BackupRepository(Storage, _warnings.Add).OpenAsync(name, default)).Manifest!;

        using (VerifyingReadStream verifying = await file.OpenVerifyingAsync(index.Frames, default))
        {
            await verifying.DrainAsync(default);
            Assert.Equal([manifest.Objects[0]], verifying.Objects);
            Assert.Empty(verifying.Damaged);
            Assert.Equal(0, verifying.Unread);
        }

        foreach (FrameEntry frame in index.Frames.Where(f => f.Kind == FrameKind.Data))
        {
            TableRecord table = index.Tables[frame.Table!.Value];
            string[] lines = (await ReadAsync(file, frame)).Split('\n');
            Assert.StartsWith("COPY ", lines[0], StringComparison.Ordinal);
            var sum = new ContentChecksum();
            foreach (string row in lines[1..].TakeWhile(l => l != "\\."))
                sum.Append(Encoding.Latin1.GetBytes(row + "\n"));
            Assert.Equal((table.Rows, table.Bytes, table.Checksum), (sum.Rows, sum.Bytes, sum.Sum));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_index_tells_the_rest(string name)
    {
        DumpIndex index = await (await DumpFile.OpenAsync(Storage, name, default)).ReadIndexAsync(default);
        Assert.Equal(name.Split('.')[0], index.Backup.Id);
        Assert.Equal(["Order; Type: TABLE", "customer", "part_a", "part_b", "plain"], index.Tables.Select(t => t.Name));
        Assert.Equal(["id", "name", "mail", "mood"], index.Tables[1].Columns);
        Assert.Contains(new SequenceRecord { Schema = "shop", Name = "counter", LastValue = 42, IsCalled = true }, index.Sequences);
        Assert.Contains(new MaterializedViewRecord { Schema = "shop", Name = "empty", IsPopulated = false }, index.MaterializedViews);
        Assert.Equal(["shop.plain.plain_fk"], index.NotValidConstraints);
        TocEntryRecord entry = Assert.Single(index.Entries, e => e.Name == "plain_fast");
        Assert.Equal(("INDEX", "shop", "writer", FrameKind.IndexesAndConstraints), (entry.Type, entry.Schema, entry.Owner, entry.Frame));
        Assert.Equal("SET default_tablespace = fast", entry.Settings!["default_tablespace"]);
        Assert.Equal(
            [
                FrameKind.Header, FrameKind.PreData, FrameKind.Data, FrameKind.Data, FrameKind.Data, FrameKind.Data, FrameKind.Data,
                FrameKind.Sequences, FrameKind.LargeObjects, FrameKind.IndexesAndConstraints, FrameKind.ForeignKeys, FrameKind.Policies,
                FrameKind.Privileges, FrameKind.MaterializedViews, FrameKind.EventTriggers,
            ],
            index.Frames.Select(f => f.Kind));
    }

    [Fact]
    public async Task All_compressions_hold_the_same_script()
    {
        var scripts = new List<string>();
        foreach ((string id, _, string extension) in Backups)
        {
            DumpFile file = await DumpFile.OpenAsync(Storage, id + extension, default);
            DumpIndex index = await file.ReadIndexAsync(default);
            using var reader = new StreamReader(await file.OpenScriptAsync(default), Encoding.Latin1);
            string script = await reader.ReadToEndAsync();
            Assert.EndsWith($"\n--\n{DumpTail.EndMarker}\n", script, StringComparison.Ordinal);
            scripts.Add(script[..(int)index.Frames.Sum(f => f.RawLength)]);
        }

        Assert.Equal(scripts[0], scripts[1]);
        Assert.Equal(scripts[0], scripts[2]);
    }

    [Fact]
    public async Task A_dump_of_pg_dump_and_gzip_is_read_whole()
    {
        DumpFile file = await DumpFile.OpenAsync(Storage, "plain_20240101_000000.sql.gz", default);
        Assert.False(file.IsOurs);
        using var reader = new StreamReader(await file.OpenScriptAsync(default));
        string script = await reader.ReadToEndAsync();
        Assert.Contains($"\n{DumpTail.EndMarker}\n", script);
        Assert.Contains("COPY shop.customer (id, name, mail, mood) FROM stdin;\n", script);
    }

    private static async Task<string> ReadAsync(DumpFile file, FrameEntry frame)
    {
        Stream stored = await Storage.OpenReadAsync(file.Entry.Name, frame.Offset, frame.Length, default);
        using var reader = new StreamReader(file.Codec.CreateDecompressor(stored), Encoding.Latin1);
        string text = await reader.ReadToEndAsync();
        Assert.Equal(frame.RawLength, text.Length);
        return text;
    }
}
