using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Tables are cut into pieces that several connections read.</summary>
public sealed class SliceTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    // What is whole stays whole: no columns, a filter, another access method.
    private const string Tables = """
        CREATE TABLE parent (id int PRIMARY KEY, v text);
        CREATE TABLE child (more int) INHERITS (parent);
        INSERT INTO parent SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
        INSERT INTO child SELECT i, repeat(md5(i::text), 30), i FROM generate_series(1001, 2000) i;
        CREATE TABLE holes (id int, v text);
        INSERT INTO holes SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
        DELETE FROM holes WHERE id BETWEEN 100 AND 600 OR id < 20;
        CREATE TABLE emptied (id int, v text);
        INSERT INTO emptied SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
        DELETE FROM emptied;
        CREATE TABLE changed (gone int, id int, twice int GENERATED ALWAYS AS (id * 2) STORED, "Odd name" text);
        INSERT INTO changed (gone, id, "Odd name") SELECT 0, i, repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
        ALTER TABLE changed DROP gone;
        ALTER TABLE changed ADD late int DEFAULT 7;
        CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
        CREATE TABLE tree (c colour, v text) PARTITION BY HASH (c);
        CREATE TABLE leaf0 PARTITION OF tree FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE leaf1 PARTITION OF tree FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO tree SELECT (ARRAY['red', 'green', 'blue'])[1 + i % 3]::colour, repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
        CREATE TABLE wide (id int, v text);
        ALTER TABLE wide ALTER v SET STORAGE EXTERNAL;
        INSERT INTO wide SELECT i, repeat(md5(i::text), 300) FROM generate_series(1, 400) i;
        CREATE TABLE small AS SELECT i FROM generate_series(1, 10) i;
        CREATE TABLE bare ();
        INSERT INTO bare SELECT FROM generate_series(1, 5000);
        CREATE TABLE grows (id int, v text);
        INSERT INTO grows SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 1000) i;
        """;

    private static readonly string[] Cut = ["parent", "child", "holes", "emptied", "changed", "leaf0", "leaf1", "wide", "grows"];

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Of_tables_of_every_sort_each_row_comes_once(int workers)
    {
        string name = RoundTripScene.NewName("slices");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, Tables);
        await _scene.Server.PsqlAsync(name, "VACUUM holes, emptied");
        (string schema, string rows) = (await _scene.SchemaAsync(name), await _scene.RowsAsync(name));

        HashSet<string> seen = [];
        BackupRecord backup = await _scene.BackupAsync(name,
            change: o => o with { Workers = workers, SliceLength = 64 * 1024 },
            heard: report =>
            {
                // Before the pages are counted, after it, and while they are read.
                if (seen.Add(report.Status) && report.Status is "Connecting" or "Reading the schema" or "public.wide")
                    GrowAsync(name, report.Status == "Connecting").GetAwaiter().GetResult();
            });

        await CutAsync(backup);
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore);
        Assert.Empty(test.Findings);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(schema, await _scene.SchemaAsync(copy));
        Assert.Equal(rows, await _scene.RowsAsync(copy));
        string byHand = RoundTripScene.NewName("copy");
        await _scene.Server.CreateDatabaseAsync(byHand);
        await _scene.Server.RestoreThroughPsqlAsync(byHand, _scene.PathOf(backup));
        Assert.Equal(schema, await _scene.SchemaAsync(byHand));
        Assert.Equal(rows, await _scene.RowsAsync(byHand));
    }

    public void Dispose() => _scene.Dispose();

    /// <summary>Adds rows that nobody shall see: those of the first time are deleted before the snapshot.</summary>
    private async Task GrowAsync(string name, bool inVain)
    {
        await _scene.Server.PsqlAsync(name, "INSERT INTO grows SELECT -i, repeat(md5(i::text), 30) FROM generate_series(1, 500) i;"
            + (inVain ? "DELETE FROM grows WHERE id < 0;" : "UPDATE grows SET v = 'new' WHERE id % 3 = 0; DELETE FROM wide WHERE id % 2 = 0"));
    }

    private async Task CutAsync(BackupRecord backup)
    {
        DumpIndex index = await _scene.ReadIndexAsync(backup);
        ILookup<string, FrameEntry> frames = index.Frames.Where(f => f.Kind == FrameKind.Data).ToLookup(f => index.Tables[f.Table!.Value].Name);
        Assert.All(Cut.Except(["emptied"]), table => Assert.True(frames[table].Count() > 2, $"{table} is in {frames[table].Count()} frames."));
        Assert.All(["emptied", "small", "bare"], table => Assert.Single(frames[table]));
        Assert.Equal(index.Tables.Select(t => t.Name).Order(StringComparer.Ordinal), index.Tables.Select(t => t.Name));
        Assert.All(index.Tables, table => Assert.Equal(table.Rows, frames[table.Name].Sum(f => f.Rows)));
        Assert.Equal((1000, 1000, 480, 0, 1000, 1000), (Rows("parent"), Rows("child"), Rows("holes"), Rows("emptied"), Rows("grows"), Rows("leaf0") + Rows("leaf1")));

        long Rows(string table) => index.Tables.Single(t => t.Name == table).Rows;
    }
}
