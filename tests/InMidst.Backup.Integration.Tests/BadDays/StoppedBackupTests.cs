using System.Diagnostics;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Ctrl-C.</summary>
public sealed class StoppedBackupTests(PostgresFixture fixture)
{
    private static readonly TimeSpan Promptly = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task At_any_step_it_ends_promptly_and_leaves_nothing()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        BackupRecord? backup = null;
        int moment = 0;
        while (backup is null)
        {
            moment++;
            using var stop = new CancellationTokenSource();
            var clock = new Stopwatch();
            int step = 0;
            string[] before = scene.Files();
            try
            {
                backup = await scene.Dump().RunAsync(new Steps(_ => StopAt(++step == moment, stop, clock)), stop.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.True(clock.Elapsed < Promptly, $"At step {moment} it took {clock.Elapsed}.");
                Assert.Equal(before, scene.Files());
            }
        }

        Assert.True(moment > 5, $"It was stopped at {moment - 1} steps only.");
        await scene.HoldsExactlyAsync(backup);
        await scene.NobodyIsLeftAsync();
    }

    [Theory]
    [InlineData("pg_dump")]
    [InlineData("pg_restore")]
    [InlineData("pg_dumpall")]
    public async Task While_a_program_hangs(string program)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        string sign = Path.Combine(scene.Sub("signs"), "started");
        await programs.ReplaceAsync(program, $"echo '-- beginning'; sleep 600 & touch '{sign}'; wait");
        await StopsAsync(scene, scene.Options with { BinDirectories = programs.Directories }, () => File.Exists(sign));
    }

    [Fact]
    public async Task While_it_waits_for_a_lock()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        Task holder = fixture.Server.PsqlAsync(scene.Database, "BEGIN; LOCK TABLE stations; SELECT pg_sleep(600)");
        await StopsAsync(scene, scene.Options, () => Locks(scene, "NOT granted") == "1");
        await fixture.Server.PsqlAsync("postgres", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{scene.Database}'");
        await Assert.ThrowsAnyAsync<Exception>(() => holder);
    }

    [Fact]
    public async Task While_a_large_table_comes()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server,
            "CREATE TABLE t AS SELECT i, repeat('x', 3000) AS a FROM generate_series(1, 30000) i");
        using var stop = new CancellationTokenSource();
        var clock = new Stopwatch();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => scene.Dump().RunAsync(new Steps(step => StopAt(step.Bytes > 0 && !clock.IsRunning, stop, clock)), stop.Token));
        Assert.True(clock.Elapsed < Promptly);
        Assert.Empty(scene.Files());
        await scene.NobodyIsLeftAsync();
    }

    private static async Task StopsAsync(BackupScene scene, DumpOptions options, Func<bool> moment)
    {
        using var stop = new CancellationTokenSource();
        Task<BackupRecord> run = scene.Dump(options).RunAsync(new Steps(null), stop.Token);
        await Eventually.TrueAsync(() => run.IsCompleted || moment(), "the backup is where it shall be stopped");
        var clock = Stopwatch.StartNew();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(clock.Elapsed < Promptly, $"It took {clock.Elapsed}.");
        Assert.Empty(scene.Files());
        await scene.NobodyIsLeftAsync();
    }

    private static void StopAt(bool now, CancellationTokenSource stop, Stopwatch clock)
    {
        if (!now)
            return;
        clock.Start();
        stop.Cancel();
    }

    private static string Locks(BackupScene scene, string which) => scene.Server.PsqlAsync(
        scene.Database, $"SELECT count(*) FROM pg_locks WHERE {which} AND relation = 'stations'::regclass").GetAwaiter().GetResult();
}
