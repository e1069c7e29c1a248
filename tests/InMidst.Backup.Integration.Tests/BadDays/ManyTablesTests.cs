using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>So many tables that their locks hardly fit into the server, which has room for 64 for each of 100 connections.</summary>
[Collection(nameof(OwnServer))]
public sealed class ManyTablesTests(PostgresFixture fixture, OwnServer own)
{
    [Fact]
    public async Task Five_thousand_tables_with_index_and_toast_pass_at_the_default_settings()
    {
        using BackupScene scene = await BackupScene.CreateAsync(own.Server, """
            DO $$ BEGIN
                FOR i IN 1..5000 LOOP
                    EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text)', i);
                    EXECUTE format('INSERT INTO t%s SELECT g, repeat(md5(g::text), 55) FROM generate_series(1, 6) g', i);
                    IF i % 500 = 0 THEN COMMIT; END IF;
                END LOOP;
            END $$;
            """);
        Assert.Equal(("64", "100"), (await own.Server.PsqlAsync(scene.Database, "SHOW max_locks_per_transaction"), await own.Server.PsqlAsync(scene.Database, "SHOW max_connections")));

        // Each table has two pages and is read in two slices, whose queries lock the index too: ten thousand locks, if they were kept.
        BackupRecord backup = await scene.RunAsync(scene.Options with { Workers = 3, SliceLength = 8192 });
        Assert.Equal((5000, 30_000), (backup.Manifest!.Totals.Tables, backup.Manifest.Totals.Rows));
        Assert.Empty(scene.Warnings);
        Assert.Single(await BackupScene.ListWholeAsync(scene.Storage));
    }

    [Fact]
    public async Task A_thousand_partitions_pass()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, """
            CREATE TABLE measured (day int, v text) PARTITION BY RANGE (day);
            DO $$ BEGIN
                FOR i IN 0..999 LOOP
                    EXECUTE format('CREATE TABLE measured_%s PARTITION OF measured FOR VALUES FROM (%s) TO (%s)', i, i * 10, i * 10 + 10);
                END LOOP;
            END $$;
            INSERT INTO measured SELECT i, 'day ' || i FROM generate_series(0, 9999) i;
            """);
        BackupRecord backup = await scene.RunAsync();
        Assert.Equal((1000, 10_000), (backup.Manifest!.Totals.Tables, backup.Manifest.Totals.Rows));
        await scene.HoldsExactlyAsync(backup);
    }
}
