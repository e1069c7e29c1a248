using System.Diagnostics;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>kill -9 of a process that backs up.</summary>
public sealed class KilledProcessTests(PostgresFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whenever_it_is_killed_the_next_run_takes_over_at_once_and_clears_up()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server,
            "CREATE TABLE t AS SELECT i, md5(i::text) || md5((i * 7)::text) AS a FROM generate_series(1, 60000) i");
        var random = new Random(20250601);
        var made = new List<BackupRecord>();
        var states = new HashSet<int>();
        for (int run = 0; run < 10; run++)
        {
            int changes = await KillAsync(scene, atChange: random.Next(1, 13));
            states.Add(changes);
            IReadOnlyList<BackupRecord> listed = await BackupScene.ListWholeAsync(scene.Storage);
            Assert.Superset(made.Select(b => b.Id).ToHashSet(), listed.Select(b => b.Id).ToHashSet());
            Assert.InRange(listed.Count, made.Count, made.Count + 1);

            var clock = Stopwatch.StartNew();
            BackupRecord next = await scene.RunAsync();
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"After a kill at change {changes} the next run took {clock.Elapsed}.");
            made = [.. listed, next];
            await scene.HoldsExactlyAsync([.. made]);
        }

        Assert.True(states.Count > 3, "All were killed at the same moment.");
        await scene.NobodyIsLeftAsync();
    }

    /// <summary>Starts a backup and kills it when the repository has changed that often, as far as one can see from outside.</summary>
    private static async Task<int> KillAsync(BackupScene scene, int atChange)
    {
        int changes = 0;
        string last = Picture(scene);
        await using ChildProcess process = BackupProcess.Start(scene);
        while (changes < atChange && !process.HasExited)
        {
            string now = Picture(scene);
            if (now != last)
                changes++;
            last = now;
            await Task.Yield();
        }

        if (!process.HasExited)
        {
            using var victim = Process.GetProcessById(process.ProcessId);
            victim.Kill();
        }

        ChildExit exit = await process.WaitForExitAsync(Token);
        Assert.True(exit.Code is 0 or 137, exit.StandardErrorTail);
        return changes;
    }

    private static string Picture(BackupScene scene)
    {
        try
        {
            return string.Join('\n', scene.Files());
        }
        catch (IOException)
        {
            return ""; // something went away while we looked
        }
    }
}
