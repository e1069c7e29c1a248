using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The server dies under the backup.</summary>
[Collection(nameof(OwnServer))]
public sealed class CrashedServerTests(OwnServer own)
{
    [Fact]
    public async Task A_crash_in_the_middle_of_a_table_is_noticed_and_the_next_run_succeeds()
    {
        using BackupScene scene = await BackupScene.CreateAsync(own.Server);
        BackupRecord before = await scene.RunAsync();
        bool killed = false;
        Stopwatch? clock = null;
        await scene.FailsAsync(ErrorIds.ConnectionLost, progress: step =>
        {
            if (killed || step.Status != "public.readings")
                return;
            killed = true;
            own.Server.KillAsync().GetAwaiter().GetResult();
            clock = Stopwatch.StartNew();
        });
        Assert.True(killed);
        Assert.True(clock!.Elapsed < TimeSpan.FromSeconds(60), $"It took {clock.Elapsed} to notice.");
        await own.Server.StartAgainAsync();
        await scene.HoldsExactlyAsync(before, await scene.RunAsync());
    }
}
