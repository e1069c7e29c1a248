using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The server throws our sessions out.</summary>
public sealed class LostConnectionTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Sessions_ended_at_any_step_end_the_backup_and_leave_nothing()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        BackupRecord? backup = null;
        int moment = 1; // at the first report there is no session yet
        while (backup is null)
        {
            moment++;
            int step = 0;
            string[] before = scene.Files();
            try
            {
                backup = await scene.RunAsync(progress: _ =>
                {
                    if (++step == moment)
                        EndSessions(scene);
                });
            }
            catch (BackupException e)
            {
                Assert.True(e.Id == ErrorIds.ConnectionLost, $"At step {moment}: {e}");
                Assert.Contains(scene.Database, e.Message);
                Assert.Equal(before, scene.Files());
            }
        }

        Assert.True(moment > 5, $"The sessions were ended at {moment - 2} steps only.");
        await scene.HoldsExactlyAsync(backup);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task Sessions_ended_while_pg_dump_runs_are_a_lost_connection(string when)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        string kill = $"PGAPPNAME= {programs.Call("psql").Replace("\"$@\"", "")} -qAtXc \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            + $"WHERE application_name = '{scene.Address.ApplicationName}'\" >/dev/null";
        await programs.ReplaceAsync("pg_dump", when == "before"
            ? $"{kill}; {programs.Real("pg_dump")}"
            : $"{programs.Call("pg_dump")} & {kill}; wait");
        await scene.FailsAsync(ErrorIds.ConnectionLost, scene.Options with { BinDirectories = programs.Directories });
        await scene.NobodyIsLeftAsync();
    }

    private static void EndSessions(BackupScene scene)
    {
        scene.Server.PsqlAsync("postgres", "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            + $"WHERE application_name = '{scene.Address.ApplicationName}'").GetAwaiter().GetResult();
        Assert.Equal("0", scene.Sessions());
    }
}
