using System.Diagnostics;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The database is larger than what the process may have.</summary>
public sealed class LittleMemoryTests(PostgresFixture fixture)
{
    // Hexadecimal: 96 MiB.
    private const string HeapLimit = "6000000";

    private const int Workers = 4;

    // The larger is four times the heap: what were held of each of its rows would not fit.
    [Theory]
    [InlineData(100)]
    [InlineData(400)]
    public async Task A_hundred_megabytes_and_four_hundred_pass_through_the_same_heap_of_ninety_six_with_four_workers(int megabytes)
    {
        const int RowLength = 20_000;
        int rows = megabytes * 1_000_000 / RowLength / Workers;
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, string.Concat(Enumerable.Range(0, Workers).Select(n =>
            $"CREATE TABLE t{n} AS SELECT i, repeat(chr(97 + i % 26), {RowLength}) AS a FROM generate_series(1, {rows}) i;\n")));
        await using ChildProcess process = BackupProcess.Start(scene, $"export DOTNET_GCHeapHardLimit={HeapLimit}", Workers);
        ChildExit exit = await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(exit.Code == 0, exit.StandardErrorTail);
        BackupRecord backup = Assert.Single(await BackupScene.ListWholeAsync(scene.Storage));
        Assert.InRange(backup.Manifest!.Totals.DataBytes, megabytes * 1_000_000L, megabytes * 1_010_000L);

        // And back again.
        string copy = scene.Database + "_copy";
        using Process restoring = RestoringProcess.Start(fixture.Server, Path.Combine(scene.Root, backup.Data.Name), copy,
            new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = HeapLimit }, workers: Workers);
        await restoring.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, restoring.ExitCode);
        Assert.Equal($"{rows}", await fixture.Server.PsqlAsync(copy, "SELECT count(*) FROM t0"));
        foreach (string database in (string[])[scene.Database, copy])
            await fixture.Server.PsqlAsync("postgres", $"DROP DATABASE {database}");
    }

    // It begins with noise that repeats too rarely for the compressor: what comes of it does not fit into the memory of a frame.
    [Fact]
    public async Task A_value_of_two_hundred_megabytes_passes_through_a_heap_of_ninety_six()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, """
            CREATE UNLOGGED TABLE huge (id int, v text);
            ALTER TABLE huge ALTER v SET STORAGE EXTERNAL;
            INSERT INTO huge SELECT 1, repeat(string_agg(md5(i::text), ''), 600) || repeat('x', 142400000) FROM generate_series(1, 3000) i;
            CREATE TABLE beside AS SELECT i, md5(i::text) AS a FROM generate_series(1, 100000) i;
            """);
        await using ChildProcess process = BackupProcess.Start(scene, $"export DOTNET_GCHeapHardLimit={HeapLimit}");
        ChildExit exit = await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(exit.Code == 0, exit.StandardErrorTail);
        BackupRecord backup = Assert.Single(await BackupScene.ListWholeAsync(scene.Storage));
        Assert.InRange(backup.Data.Length, 25_000_000, 60_000_000);
        Assert.Equal((100_001, 200_000_003), (backup.Manifest!.Totals.Rows, backup.Manifest.Tables.Single(t => t.Name == "huge").Bytes));
    }
}
