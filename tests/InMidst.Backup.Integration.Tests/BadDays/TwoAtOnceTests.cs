using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Two runs meet in one repository.</summary>
[Collection(nameof(OwnServer))]
public sealed class TwoAtOnceTests(PostgresFixture fixture, OwnServer own)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_backups_of_one_database_the_second_is_told_who_is_first()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        BackupException? refused = null;
        BackupRecord backup = await scene.RunAsync(progress: step =>
        {
            if (step.Status == "public.readings")
                refused ??= Assert.ThrowsAsync<BackupException>(() => scene.RunAsync()).GetAwaiter().GetResult();
        });
        Assert.Equal(ErrorIds.BackupInProgress, refused!.Id);
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", refused.Message);
        await scene.HoldsExactlyAsync(backup);
    }

    [Fact]
    public async Task Of_many_that_start_together_each_succeeds_or_is_told_that_another_is_at_it()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "CREATE TABLE t AS SELECT 1 AS a");
        using var all = new Barrier(3);
        Task<BackupRecord>[] runs = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => scene.RunAsync(progress: step =>
        {
            if (step.Status == "Connecting")
                all.SignalAndWait(TimeSpan.FromSeconds(30), Token);
        })))];
        await Task.WhenAll(runs).ContinueWith(_ => { }, TaskScheduler.Default);
        BackupRecord[] made = [.. runs.Where(r => r.IsCompletedSuccessfully).Select(r => r.Result)];
        Assert.NotEmpty(made); // one after another is as well; never two at once
        foreach (Task<BackupRecord> run in runs.Where(r => r.IsFaulted))
            Assert.Equal(ErrorIds.BackupInProgress, Assert.IsType<BackupException>(run.Exception!.InnerException).Id);
        await scene.HoldsExactlyAsync(made);
    }

    [Fact]
    public async Task Two_databases_at_once_do_not_mind_each_other()
    {
        using BackupScene one = await BackupScene.CreateAsync(fixture.Server);
        using BackupScene two = await BackupScene.CreateAsync(fixture.Server);
        BackupRecord? inner = null;
        await one.RunAsync(progress: step =>
        {
            if (step.Status == "public.readings")
                inner ??= two.RunAsync(storage: one.Storage).GetAwaiter().GetResult();
        });
        Assert.Equal(2, (await BackupScene.ListWholeAsync(one.Storage)).Count);
        Assert.DoesNotContain(one.Files(), f => f.StartsWith('.'));
    }

    [Fact]
    public async Task Two_clusters_with_a_database_of_one_name_share_a_second()
    {
        using BackupScene here = await BackupScene.CreateAsync(fixture.Server, database: "same_name");
        using BackupScene there = await BackupScene.CreateAsync(own.Server, database: "same_name");
        var clock = new FixedClock(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
        var storage = new DiskStorage(here.Root);
        BackupRecord? second = null;
        BackupRecord first = await here.Dump(storage: storage, clock: clock).RunAsync(
            new Steps(step =>
            {
                if (step.Status == "public.readings")
                    second ??= there.Dump(storage: storage, clock: clock).RunAsync(new Steps(null), Token).GetAwaiter().GetResult();
            }),
            Token);
        BackupRecord third = await there.Dump(storage: storage, clock: clock).RunAsync(new Steps(null), Token);
        Assert.Equal("same_name_20250601_120000", first.Id);
        Assert.Equal("same_name_20250601_120000_2", second!.Id);
        Assert.Equal("same_name_20250601_120000_3", third.Id);
        await here.HoldsExactlyAsync(first, second, third);
    }
}
