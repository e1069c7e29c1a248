using System.Collections.Concurrent;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Replace;

/// <summary>A database that somebody uses while it is to be replaced.</summary>
public sealed class ReplaceInUseTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Sessions_refuse_it_with_their_names_at_the_start_and_at_the_swap()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "used");
        await using (NpgsqlConnection user = await live.ConnectAsync("payroll"))
        {
            BackupException refused = await live.RefusedAsync(ErrorIds.TargetInUse, "SELECT pg_sleep(600);" + LiveDatabase.End);
            Assert.Contains($"{user.ProcessID} (user postgres, application 'payroll')", refused.Message, StringComparison.Ordinal);
            Assert.Contains("-DisconnectUsers", refused.Guidance, StringComparison.Ordinal);
        }

        await live.Scene.UntilAsync($"SELECT count(*) FROM pg_stat_activity WHERE datname = '{live.Name}'", "0");
        RestoreGate gate = await RestoreGate.ShutAsync(live.Scene);
        Task<RestoreResult> restoring = live.ReplaceAsync(gate.Statement + LiveDatabase.NewContent);
        await gate.ReachedAsync(live.Name);
        await using (NpgsqlConnection late = await live.ConnectAsync("latecomer"))
        {
            await gate.OpenAsync();
            var refused = await Assert.ThrowsAsync<BackupException>(() => restoring);
            Assert.Equal(ErrorIds.TargetInUse, refused.Id);
            Assert.Contains($"{late.ProcessID} (user postgres, application 'latecomer')", refused.Message, StringComparison.Ordinal);
            using var alive = new NpgsqlCommand("SELECT answer FROM old_rows", late);
            Assert.Equal(42, await alive.ExecuteScalarAsync(RestoreScene.Token));
        }

        await live.IsUntouchedAsync();
        await live.DropAsync();
    }

    [Fact]
    public async Task Sessions_are_ended_for_the_swap_only_and_not_when_the_restore_fails()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "ended");
        await using NpgsqlConnection idle = await live.ConnectAsync();
        await using NpgsqlConnection busy = await live.ConnectAsync();
        using var sleeping = new NpgsqlCommand("BEGIN; UPDATE old_rows SET answer = 0; SELECT pg_sleep(600)", busy);
        Task work = sleeping.ExecuteNonQueryAsync(RestoreScene.Token);

        BackupException failed = await live.RefusedAsync(
            ErrorIds.StatementFailed, "SELECT nonsense;" + LiveDatabase.End, o => o with { DisconnectUsers = true });
        Assert.Contains("nonsense", failed.Message, StringComparison.Ordinal);
        using var still = new NpgsqlCommand("SELECT answer FROM old_rows", idle);
        Assert.Equal(42, await still.ExecuteScalarAsync(RestoreScene.Token));

        await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DisconnectUsers = true });
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => work);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => still.ExecuteScalarAsync(RestoreScene.Token));
        await live.IsReplacedAsync();
        await live.DropAsync();
    }

    [Fact]
    public async Task Somebody_who_looks_into_every_database_is_not_in_the_way()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "watched");
        RestoreGate gate = await RestoreGate.ShutAsync(live.Scene);
        Task<RestoreResult> restoring = live.ReplaceAsync(gate.Statement + LiveDatabase.NewContent);
        await gate.ReachedAsync(live.Name);
        string filled = await live.Scene.SqlAsync($"SELECT {RestoreScene.RestoringName(live.Name)}");
        await using NpgsqlConnection monitoring = await live.ConnectAsync("monitoring", filled);
        await gate.OpenAsync();
        await restoring;
        await live.IsReplacedAsync();
        await live.DropAsync();
    }

    [Fact]
    public async Task A_superusers_session_that_leaves_in_time_is_not_in_the_way_of_who_may_not_end_it()
    {
        string owner = RestoreScene.NewName("owner");
        var scene = new RestoreScene(fixture.Server);
        await scene.SqlAsync($"CREATE ROLE {owner} LOGIN CREATEDB PASSWORD 'owner'");
        await scene.SqlAsync($"CREATE DATABASE {owner} OWNER {owner}");
        ServerAddress address = scene.Address with { UserName = owner, Password = "owner" };
        NpgsqlConnection monitoring = await PostgresConnector.OpenAsync(scene.Address, owner, new ConnectorOptions(), RestoreScene.Token);
        MaintenanceSession session = await MaintenanceSession.OpenAsync(address, "postgres", RestoreScene.Token);
        await using (session)
        {
            await session.ExecuteAsync("BEGIN", RestoreScene.Token);
            Task renaming = new DatabaseRenaming(session, address, TimeProvider.System).RunAsync(owner, owner + "_new", endSessions: true, RestoreScene.Token);
            await scene.UntilAsync($"""
                SELECT count(*) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = {session.Connection.ProcessID} AND l.mode = 'AccessExclusiveLock'
                    AND l.locktype = 'object' AND l.granted
                WHERE a.usename = '{owner}' AND a.state = 'idle' AND a.query LIKE '%pg_terminate_backend%'
                """, "1");
            await monitoring.DisposeAsync();
            await renaming;
            await session.ExecuteAsync("COMMIT", RestoreScene.Token);
        }

        await scene.SqlAsync($"DROP DATABASE {owner}_new; DROP ROLE {owner}");
    }

    [Fact]
    public async Task Applications_that_come_back_at_once_neither_stop_it_nor_see_anything_in_between()
    {
        const int Applications = 8;
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "storm");
        using var enough = new CancellationTokenSource();
        var seen = new ConcurrentQueue<string>();
        var errors = new ConcurrentQueue<string>();
        Task[] storm = [.. Enumerable.Range(0, Applications).Select(_ => Task.Run(() => ComeBackAsync(live, seen, errors, enough.Token)))];
        await Eventually(() => seen.Count > Applications);

        await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DisconnectUsers = true });
        int then = seen.Count;
        await Eventually(() => seen.Count > then + (2 * Applications));
        await enough.CancelAsync();
        await Task.WhenAll(storm);

        // Old, then new, and never again old once a session that began later has ended; one moment each of a refused connection.
        Assert.Equal(["old_rows", "fresh"], seen.Distinct());
        Assert.All(seen.TakeLast(Applications), s => Assert.Equal("fresh", s));
        Assert.All(errors, e => Assert.Contains(e, (string[])["57P01", "3D000", "lost"]));
        Assert.InRange(errors.Count(e => e == "3D000"), 0, Applications * 2);
        await live.IsReplacedAsync();
        await live.DropAsync();
    }

    private static async Task ComeBackAsync(LiveDatabase live, ConcurrentQueue<string> seen, ConcurrentQueue<string> errors, CancellationToken enough)
    {
        const string Look = "SELECT coalesce(to_regclass('old_rows')::text, to_regclass('fresh')::text, 'nothing')";
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await using NpgsqlConnection connection = await live.ConnectAsync();
                using var command = new NpgsqlCommand(Look, connection);
                for (int i = 0; i < 5; i++)
                    seen.Enqueue((string)(await command.ExecuteScalarAsync(RestoreScene.Token))!);
            }
            catch (BackupException e) when (e.InnerException is PostgresException refused)
            {
                errors.Enqueue(refused.SqlState);
            }
            catch (PostgresException e)
            {
                errors.Enqueue(e.SqlState);
            }
            catch (Exception e) when (e is NpgsqlException or BackupException)
            {
                errors.Enqueue("lost");
            }
        }
    }

    private static Task Eventually(Func<bool> condition) => Processes.Eventually.TrueAsync(condition, "the applications have looked");
}
