using System.Diagnostics;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class RestoreInterruptedTests(PostgresFixture fixture)
{
    private const string End = "\n-- PostgreSQL database dump complete\n";
    private const string Good = "CREATE TABLE good (a int);\nCOPY good (a) FROM stdin;\n1\n2\n\\.\n" + End;

    // Every row takes its time: the COPY is still running when something happens to it.
    private const string SlowTable = """
        CREATE TABLE slow (a text);
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END';
        CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait();
        COPY slow (a) FROM stdin;

        """;

    private readonly RestoreScene _scene = new(fixture.Server);

    private static string SlowIndex => """
        CREATE TABLE t AS SELECT generate_series(1, 10000) AS a;
        CREATE FUNCTION slowly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.05); RETURN $1; END';
        CREATE INDEX ON t (slowly(a));
        """ + End;

    private static string SlowCopy(int bytes) => SlowTable + string.Concat(Enumerable.Repeat(new string('x', 999) + "\n", bytes / 1000)) + "\\.\n" + End;

    [Theory]
    [InlineData("SELECT pg_sleep", 0)]
    [InlineData("COPY slow", 20_000)]
    [InlineData("COPY slow", 8_000_000)]
    [InlineData("CREATE INDEX", 1)]
    public async Task A_loading_session_that_is_terminated_is_a_lost_connection_and_nothing_is_left(string statement, int size)
    {
        string target = RestoreScene.NewName("terminated");
        Task<RestoreResult> restoring = _scene.RestoreAsync(await _scene.PutScriptAsync(Script(size)), target);
        string process = await _scene.LoadingAsync(target, statement);
        await _scene.SqlAsync($"SELECT pg_terminate_backend({process})");
        var lost = await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.True(lost.Id == ErrorIds.ConnectionLost, lost.ToString());
        await _scene.NothingLeftAsync(target);
    }

    [Theory]
    [InlineData("SELECT pg_sleep", 0)]
    [InlineData("COPY slow", 20_000)]
    [InlineData("COPY slow", 8_000_000)]
    [InlineData("CREATE INDEX", 1)]
    public async Task Cancelled_in_any_statement_it_ends_promptly_and_nothing_is_left(string statement, int size)
    {
        string target = RestoreScene.NewName("cancelled");
        using var cancel = new CancellationTokenSource();
        Task<RestoreResult> restoring = _scene.RestoreAsync(await _scene.PutScriptAsync(Script(size)), target, token: cancel.Token);
        await _scene.LoadingAsync(target, statement);
        var clock = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task Cancelled_under_a_role_that_may_not_end_our_sessions_nothing_is_left_either()
    {
        string target = RestoreScene.NewName("role");
        string role = RestoreScene.NewName("role");
        await _scene.SqlAsync($"CREATE ROLE {role} CREATEDB");
        using var cancel = new CancellationTokenSource();
        var options = new RestoreOptions { Address = _scene.Address, TargetDatabase = target, Role = role };
        Task<RestoreResult> restoring = _scene.RestoreAsync(await _scene.PutScriptAsync(SlowIndex), options, token: cancel.Token);
        await _scene.LoadingAsync(target, "CREATE INDEX");
        var clock = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Empty(_scene.Warnings);
        await _scene.NothingLeftAsync(target);
        await _scene.SqlAsync($"DROP ROLE {role}");
    }

    [Fact]
    public async Task Who_is_no_superuser_gets_rid_of_a_database_that_is_being_vacuumed()
    {
        // A vacuum that sleeps a tenth of a second after every page: it is still there when the restore ends.
        const string Vacuumed = """
            CREATE TABLE t WITH (autovacuum_vacuum_insert_threshold = 1, autovacuum_vacuum_insert_scale_factor = 0)
                AS SELECT g, repeat('x', 500) FROM generate_series(1, 50000) g;
            SELECT pg_stat_force_next_flush();

            """;
        await using PostgresServer server = await PostgresServer.StartAsync(new Dictionary<string, string>
        {
            ["autovacuum"] = "on",
            ["autovacuum_naptime"] = "1s",
            ["autovacuum_vacuum_cost_delay"] = "100ms",
            ["autovacuum_vacuum_cost_limit"] = "1",
        });
        var scene = new RestoreScene(server);
        await scene.SqlAsync("CREATE ROLE making LOGIN CREATEDB PASSWORD 'making'");
        var asItself = new RestoreOptions { Address = scene.Address with { UserName = "making", Password = "making" }, TargetDatabase = "itself" };
        foreach (RestoreOptions options in new[] { asItself, new RestoreOptions { Address = scene.Address, TargetDatabase = "role", Role = "making" } })
        {
            string target = options.TargetDatabase;
            using var cancel = new CancellationTokenSource();
            Task<RestoreResult> restoring = scene.RestoreAsync(
                await scene.PutScriptAsync(Vacuumed + "SELECT pg_sleep(600);\n" + End), options, token: cancel.Token);
            await scene.UntilAsync(Workers(RestoreScene.RestoringName(target)), "1");
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
            Assert.Empty(scene.Warnings);
            await scene.NothingLeftAsync(target);
        }

        RestoreOptions replacing = asItself with { Replace = true, DropReplaced = true };
        BackupRecord good = await scene.PutScriptAsync(Good);
        await scene.RestoreAsync(await scene.PutScriptAsync(Vacuumed + End), asItself);
        await scene.UntilAsync(Workers(RestoreScene.Literal("itself")), "1");
        Assert.Null((await scene.RestoreAsync(good, replacing)).ReplacedDatabase);
        await scene.OnlyTargetLeftAsync("itself");
        Assert.Empty(scene.Warnings);
        await server.StopAsync();

        static string Workers(string database) =>
            $"SELECT count(*) FROM pg_stat_activity WHERE datname = {database} AND backend_type = 'autovacuum worker'";
    }

    [Fact]
    public async Task A_password_that_is_none_any_more_when_all_is_loaded_costs_nothing()
    {
        string target = RestoreScene.NewName("token");
        string role = RestoreScene.NewName("token");
        await _scene.SqlAsync($"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'for a quarter of an hour'");
        var options = new RestoreOptions { Address = _scene.Address with { UserName = role, Password = "for a quarter of an hour" }, TargetDatabase = target };
        RestoreGate gate = await RestoreGate.ShutAsync(_scene);
        Task<RestoreResult> restoring = _scene.RestoreAsync(await _scene.PutScriptAsync(gate.Statement + Good), options);
        await gate.ReachedAsync(target);
        await _scene.SqlAsync($"ALTER ROLE {role} PASSWORD 'another'");
        await gate.OpenAsync();
        Assert.Equal(2, (await restoring).Rows);
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}; DROP ROLE {role}");
    }

    [Fact]
    public async Task What_a_killed_restore_still_does_under_another_role_is_ended_by_the_next_one()
    {
        string target = RestoreScene.NewName("role");
        string role = RestoreScene.NewName("role");
        string filling = await _scene.SqlAsync($"SELECT {RestoreScene.RestoringName(target)}");
        await _scene.SqlAsync($"CREATE ROLE {role} CREATEDB");
        await _scene.SqlAsync($"CREATE DATABASE {filling} OWNER {role}");
        Task<string> busy = _scene.SqlAsync("SELECT pg_sleep(600)", filling);
        await _scene.LoadingAsync(target, "SELECT pg_sleep");
        var options = new RestoreOptions { Address = _scene.Address, TargetDatabase = target, Role = role };
        Assert.Equal(2, (await _scene.RestoreAsync(await _scene.PutScriptAsync(Good), options)).Rows);
        await Assert.ThrowsAnyAsync<Exception>(() => busy);
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}; DROP ROLE {role}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Cancelled_at_any_report_of_progress_nothing_is_left(int number)
    {
        string target = RestoreScene.NewName("progress");
        using var cancel = new CancellationTokenSource();
        string script = "CREATE TABLE t (a text);\nCOPY t (a) FROM stdin;\n" + string.Concat(Enumerable.Repeat(new string('x', 999) + "\n", 6000)) + "\\.\n" + End;
        var progress = new CancelAt(number, cancel);
        BackupRecord backup = await _scene.PutScriptAsync(script);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _scene.RestoreAsync(backup, target, progress, cancel.Token));
        Assert.True(progress.Reached);
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task Of_two_restores_to_one_name_one_wins_and_the_other_is_told()
    {
        string target = RestoreScene.NewName("contested");
        RestoreGate gate = await RestoreGate.ShutAsync(_scene);
        Task<RestoreResult> first = _scene.RestoreAsync(await _scene.PutScriptAsync(gate.Statement + Good), target);
        await gate.ReachedAsync(target);
        BackupRecord other = await _scene.PutScriptAsync("CREATE TABLE other ();\n" + End);
        var busy = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(other, target));
        Assert.Equal(ErrorIds.RestoreInProgress, busy.Id);

        // Locks of a session belong to the database it is in; another maintenance database must make no difference.
        string maintenance = RestoreScene.NewName("maintenance");
        await _scene.SqlAsync($"CREATE DATABASE {maintenance}");
        var elsewhere = new RestoreOptions { Address = _scene.Address, TargetDatabase = target, MaintenanceDatabase = maintenance };
        busy = await Assert.ThrowsAsync<BackupException>(
            () => new DatabaseRestore(elsewhere, TimeProvider.System, _ => { }).RunAsync(other, new Progress<OperationProgress>(), RestoreScene.Token));
        Assert.Equal(ErrorIds.RestoreInProgress, busy.Id);

        await gate.OpenAsync();
        await first;
        Assert.Equal("2|", await _scene.SqlAsync("SELECT count(*), to_regclass('other') FROM good", target));
        var late = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(other, target));
        Assert.Equal(ErrorIds.TargetNotEmpty, late.Id);
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}; DROP DATABASE {maintenance}");
    }

    [Fact]
    public async Task After_a_kill_minus_nine_the_next_restore_to_the_name_clears_up_and_says_so()
    {
        using var directory = new TemporaryDirectory();
        string target = RestoreScene.NewName("killed");
        string dump = Path.Combine(directory.Path, "slow.sql");
        await File.WriteAllTextAsync(dump, "CREATE TABLE half ();\nSELECT pg_sleep(600);\n" + End, RestoreScene.Token);
        using (Process child = RestoringProcess.Start(fixture.Server, dump, target))
        {
            await _scene.LoadingAsync(target, "SELECT pg_sleep");
            child.Kill();
            await child.WaitForExitAsync(RestoreScene.Token);
        }

        Assert.Equal("1", await _scene.SqlAsync($"SELECT count(*) FROM pg_database WHERE datname = {RestoreScene.RestoringName(target)}"));

        BackupRecord good = await _scene.PutScriptAsync(Good);
        RestoreResult result = await RetryWhileBusyAsync(() => _scene.RestoreAsync(good, target));
        Assert.Equal(2, result.Rows);
        Assert.Contains(_scene.Warnings, w => w.Contains("interrupted restore") && w.Contains(target));
        Assert.Equal("", await _scene.SqlAsync("SELECT to_regclass('half')", target));
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Fact]
    public async Task When_the_server_dies_the_next_restore_removes_what_is_left_and_a_stop_before_that_makes_nothing()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        var scene = new RestoreScene(server);
        string target = RestoreScene.NewName("crashed");
        Task<RestoreResult> restoring = scene.RestoreAsync(await scene.PutScriptAsync("SELECT pg_sleep(600);\n" + End), target);
        await scene.LoadingAsync(target, "SELECT pg_sleep");
        await server.KillAsync();
        var lost = await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.True(lost.Id == ErrorIds.ConnectionLost, lost.ToString());
        Assert.Contains(scene.Warnings, w => w.Contains("could not be removed"));
        await server.StartAgainAsync();
        BackupRecord good = await scene.PutScriptAsync(Good);
        Assert.Equal(2, (await scene.RestoreAsync(good, target)).Rows);
        await scene.OnlyTargetLeftAsync(target);

        // A stop during CREATE DATABASE: it waits for a transaction that holds template0.
        Task<string> holding = scene.SqlAsync("BEGIN; COMMENT ON DATABASE template0 IS 'held'; SELECT pg_sleep(600)");
        await scene.UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND query NOT LIKE '%pg_stat_activity%'", "1");
        using var cancel = new CancellationTokenSource();
        Task<RestoreResult> making = scene.RestoreAsync(good, "made", token: cancel.Token);
        await scene.UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'", "1");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => making);
        await scene.SqlAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()");
        await Assert.ThrowsAnyAsync<Exception>(() => holding);
        await scene.NothingLeftAsync("made");
        await server.StopAsync();
    }

    private static string Script(int size) => size switch
    {
        0 => "SELECT pg_sleep(600);\n" + End,
        1 => SlowIndex,
        _ => SlowCopy(size),
    };

    private static async Task<RestoreResult> RetryWhileBusyAsync(Func<Task<RestoreResult>> restore)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await restore();
            }
            catch (BackupException e) when (e.Id == ErrorIds.RestoreInProgress && attempt < 1000)
            {
            }
        }
    }

    private sealed class CancelAt(int number, CancellationTokenSource source) : IProgress<OperationProgress>
    {
        private int _reports;

        public bool Reached => _reports >= number;

        public void Report(OperationProgress value)
        {
            if (++_reports == number)
                source.Cancel();
        }
    }
}
