using System.Diagnostics;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Replace;

/// <summary>kill -9 and Ctrl-C: the name stands for the old database or for the new one, and everybody gets in.</summary>
public sealed class ReplaceKilledTests(PostgresFixture fixture)
{
    private const int Kills = 8;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_between_the_two_renames_or_before_them_it_leaves_the_old_one_open_to_all(bool first)
    {
        using var directory = new TemporaryDirectory();
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "halfway");
        string held = first ? $"'{live.Name}'" : RestoreScene.RestoringName(live.Name);
        await using NpgsqlConnection holder = await live.ConnectAsync("holder", "postgres");
        RestoreGate gate = await RestoreGate.ShutAsync(live.Scene);
        using (Process child = await live.StartProcessAsync(directory.Path, gate.Statement + LiveDatabase.NewContent))
        {
            await gate.ReachedAsync(live.Name);
            await HoldAsync(holder, await live.Scene.SqlAsync($"SELECT {held}"));
            await gate.OpenAsync();
            await live.Scene.UntilAsync($"""
                SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
                WHERE d.datname = {held} AND l.locktype = 'object' AND l.mode = 'AccessExclusiveLock' AND NOT l.granted
                """, "1");
            child.Kill();
            await child.WaitForExitAsync(RestoreScene.Token);
        }

        using (var release = new NpgsqlCommand("ROLLBACK", holder))
            await release.ExecuteNonQueryAsync(RestoreScene.Token);
        await live.NobodyRestoresAsync();
        Assert.False(await live.IsOneOrTheOtherAsync());
        await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DisconnectUsers = true });
        await live.IsReplacedAsync();
        await live.DropAsync();
    }

    [Fact]
    public async Task Killed_at_any_other_moment_of_the_swap_it_has_replaced_all_or_nothing()
    {
        using var directory = new TemporaryDirectory();
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "killed");
        await using NpgsqlConnection counting = await live.ConnectAsync("counting", "postgres");
        for (int i = 0; i < Kills; i++)
        {
            await using (NpgsqlConnection user = await live.ConnectAsync())
            using (Process child = await live.StartProcessAsync(directory.Path, LiveDatabase.NewContent))
            {
                // Ever later, from the moment when the old one is locked.
                using var swap = new NpgsqlCommand($"""
                    DO $$ BEGIN WHILE NOT EXISTS (
                        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
                        WHERE d.datname = '{live.Name}' AND l.locktype = 'object' AND l.mode = 'AccessExclusiveLock')
                    LOOP PERFORM pg_sleep(0.001); END LOOP; END $$;
                    SELECT pg_sleep({i} * 0.03)
                    """, counting);
                await swap.ExecuteNonQueryAsync(RestoreScene.Token);
                child.Kill();
                await child.WaitForExitAsync(RestoreScene.Token);
            }

            await live.NobodyRestoresAsync();
            if (!await live.IsOneOrTheOtherAsync())
                continue;
            await live.IsReplacedAsync();
            await live.DropAsync();
            live = await LiveDatabase.MakeAsync(fixture.Server, "killed");
        }

        await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DisconnectUsers = true });
        await live.IsReplacedAsync();
        await live.DropAsync();
    }

    [Fact]
    public async Task Stopped_while_it_waits_to_swap_it_leaves_everything_as_it_was()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "stopped");
        await using NpgsqlConnection holder = await live.ConnectAsync("holder", "postgres");
        await HoldAsync(holder, live.Name);
        using var stop = new CancellationTokenSource();
        Task<RestoreResult> restoring = live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DisconnectUsers = true }, stop.Token);
        await live.Scene.UntilAsync($"""
            SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.objid
            WHERE d.datname = '{live.Name}' AND l.mode = 'AccessExclusiveLock' AND NOT l.granted
            """, "1");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
        using (var release = new NpgsqlCommand("ROLLBACK", holder))
            await release.ExecuteNonQueryAsync(RestoreScene.Token);
        await live.IsUntouchedAsync();
        await live.DropAsync();
    }

    /// <summary>Keeps a database from being renamed, as somebody's forgotten transaction would.</summary>
    private static async Task HoldAsync(NpgsqlConnection holder, string database)
    {
        using var command = new NpgsqlCommand($"BEGIN; COMMENT ON DATABASE \"{database}\" IS 'held'", holder);
        await command.ExecuteNonQueryAsync(RestoreScene.Token);
    }
}
