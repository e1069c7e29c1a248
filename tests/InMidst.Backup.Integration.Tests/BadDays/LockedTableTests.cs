using System.Collections.Concurrent;
using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Another session has a table for itself, or wants to.</summary>
public sealed class LockedTableTests(PostgresFixture fixture)
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_minute_is_waited_for_a_lock_unless_told_otherwise() => Assert.Equal(
        TimeSpan.FromSeconds(60),
        new DumpOptions { Address = new ServerAddress { Host = "h", Port = 1, UserName = "u", Database = "d" }, Database = "d", Tool = "t" }.LockTimeout);

    [Fact]
    public async Task A_table_held_exclusively_is_waited_for_and_then_named_with_its_holder()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using NpgsqlConnection other = await BeginAsync(scene, "LOCK TABLE readings IN ACCESS EXCLUSIVE MODE");
        var clock = Stopwatch.StartNew();
        BackupException failure = await scene.FailsAsync(ErrorIds.TableLocked, scene.Options with { LockTimeout = Short });
        Assert.True(clock.Elapsed > Short);
        Assert.Contains("public.readings", failure.Message);
        Assert.Contains(other.ProcessID.ToString(), failure.Message);
        Assert.DoesNotContain("stations", failure.Message);
        Assert.Contains("begins anew", Assert.Single(scene.Warnings)); // tried twice
        await scene.NobodyIsLeftAsync();
    }

    [Fact]
    public async Task While_it_waits_the_backup_says_for_whom()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using NpgsqlConnection other = await BeginAsync(scene, "LOCK TABLE readings IN ACCESS EXCLUSIVE MODE");
        int holder = other.ProcessID;
        var said = new ConcurrentQueue<string>();
        BackupRecord backup = await scene.RunAsync(progress: step =>
        {
            said.Enqueue(step.Status);
            if (step.Status.StartsWith("Waiting", StringComparison.Ordinal))
                other.Close();
        });
        Assert.Contains($"Waiting: public.readings is held exclusively by session {holder} (postgres, someone else, idle in transaction)", said);
        Assert.Empty(scene.Warnings);
        await scene.HoldsExactlyAsync(backup);
        await scene.NobodyIsLeftAsync();
    }

    [Fact]
    public async Task While_pg_dump_waits_the_backup_says_for_whom_and_lets_him_through_before_it_begins_anew()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using NpgsqlConnection other = await BeginAsync(scene, "COMMIT");
        Task? ddl = null;
        var said = new ConcurrentQueue<string>();
        BackupRecord backup = await scene.RunAsync(scene.Options with { LockTimeout = TimeSpan.FromSeconds(4) }, progress: step =>
        {
            said.Enqueue(step.Status);
            if (step.Status != "Reading the schema" || ddl is not null)
                return;
            ddl = ExecuteAsync(other, "ALTER TABLE readings ADD COLUMN more int");
            Eventually.TrueAsync(() => Waiting(scene) == "1", "the DDL waits").GetAwaiter().GetResult();
        });
        await ddl!;
        Assert.Contains($"Waiting: public.readings is waited for exclusively by session {other.ProcessID} (postgres, someone else, active)", said);
        Assert.Contains(other.ProcessID.ToString(), Assert.Single(scene.Warnings));
        DumpIndex index = await (await DumpFile.OpenAsync(scene.Storage, backup.Data.Name, Token)).ReadIndexAsync(Token);
        Assert.Contains("more", index.Tables.Single(t => t.Name == "readings").Columns);
        await scene.HoldsExactlyAsync(backup);
    }

    // Two sessions that wait for each other: the server ends one of them, and it may be ours.
    [Fact]
    public async Task A_deadlock_with_the_application_costs_an_attempt_at_most()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using NpgsqlConnection other = await BeginAsync(scene, "LOCK TABLE readings IN ACCESS EXCLUSIVE MODE");
        Task<BackupRecord> run = scene.RunAsync();
        await Eventually.TrueAsync(() => Waiting(scene) == "1", "the backup waits for the second table");
        await Record.ExceptionAsync(() => ExecuteAsync(other, "LOCK TABLE stations IN ACCESS EXCLUSIVE MODE"));
        await other.CloseAsync();
        await scene.HoldsExactlyAsync(await run);
    }

    [Fact]
    public async Task A_lock_that_goes_in_time_only_delays_the_backup()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using NpgsqlConnection other = await BeginAsync(scene, "LOCK TABLE readings IN ACCESS EXCLUSIVE MODE");
        Task<BackupRecord> run = scene.RunAsync();
        await Eventually.TrueAsync(() => Waiting(scene) == "1", "the backup waits");
        await other.CloseAsync();
        await scene.HoldsExactlyAsync(await run);
    }

    // The application's DDL waits behind our lock, and pg_dump behind the DDL: without a limit all three for ever.
    [Fact]
    public async Task Ddl_that_comes_between_us_and_pg_dump_ends_the_backup_and_is_named()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using NpgsqlConnection other = await BeginAsync(scene, "SELECT 1");
        Task? ddl = null;
        Exception? failure = await Record.ExceptionAsync(() => scene.RunAsync(scene.Options with { LockTimeout = Short }, progress: step =>
        {
            if (step.Status != "Reading the schema")
                return;
            ddl = ExecuteAsync(other, "ALTER TABLE readings ADD COLUMN more int");
            Eventually.TrueAsync(() => Waiting(scene) == "1", "the DDL waits").GetAwaiter().GetResult();
        }));
        await ddl!.WaitAsync(TimeSpan.FromSeconds(30), Token); // our lock is gone
        Assert.Equal(ErrorIds.TableLocked, Assert.IsType<BackupException>(failure).Id);
        Assert.Contains("public.readings", failure.Message);
        Assert.Contains(other.ProcessID.ToString(), failure.Message);
        Assert.Empty(scene.Files());
        await scene.NobodyIsLeftAsync();
    }

    // We lock tables only; pg_dump reads definitions of views as well, which waits for who changes one.
    [Fact]
    public async Task A_migration_that_holds_a_view_and_wants_a_table_is_let_through_and_the_backup_begins_anew()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        // Of the two that wait for each other it is pg_dump that finds out.
        await fixture.Server.PsqlAsync(scene.Database, $"CREATE VIEW latest AS SELECT * FROM readings; ALTER DATABASE {scene.Database} SET deadlock_timeout = '3s'");
        await using NpgsqlConnection other = await BeginAsync(scene, "SET LOCAL deadlock_timeout = '60s'; CREATE OR REPLACE VIEW latest AS SELECT * FROM readings LIMIT 1");
        Task? ddl = null;
        BackupRecord backup = await scene.RunAsync(progress: step =>
        {
            if (step.Status == "Reading the schema")
                ddl ??= Task.Run(AlterAsync, Token);
        }).WaitAsync(TimeSpan.FromSeconds(60), Token);
        await ddl!;
        string warning = Assert.Single(scene.Warnings);
        Assert.Contains($"public.latest is held exclusively by session {other.ProcessID}", warning);
        DumpIndex index = await (await DumpFile.OpenAsync(scene.Storage, backup.Data.Name, Token)).ReadIndexAsync(Token);
        Assert.Contains("more", index.Tables.Single(t => t.Name == "readings").Columns);
        await scene.HoldsExactlyAsync(backup);
        await scene.NobodyIsLeftAsync();

        async Task AlterAsync()
        {
            await Eventually.TrueAsync(() => Waiting(scene, "latest") == "1", "pg_dump has locked the tables and waits for the view");
            await ExecuteAsync(other, "ALTER TABLE readings ADD COLUMN more int; COMMIT");
        }
    }

    private static string Waiting(BackupScene scene, string relation = "readings") => scene.Server.PsqlAsync(
        scene.Database, $"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{relation}'::regclass").GetAwaiter().GetResult();

    private static async Task<NpgsqlConnection> BeginAsync(BackupScene scene, string sql)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            scene.Address, scene.Database, new ConnectorOptions { ApplicationName = "someone else" }, Token);
        await ExecuteAsync(connection, "BEGIN");
        await ExecuteAsync(connection, sql);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
