using System.Diagnostics;
using InMidst.Backup.Core.Errors;
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
        BackupException failure = await scene.FailsAsync(ErrorIds.TableLocked, scene.Options with { LockTimeout = Short }, progress: step =>
        {
            if (step.Status != "Reading the schema")
                return;
            ddl = ExecuteAsync(other, "ALTER TABLE readings ADD COLUMN more int");
            Eventually.TrueAsync(() => Waiting(scene) == "1", "the DDL waits").GetAwaiter().GetResult();
        });
        Assert.Contains("public.readings", failure.Message);
        Assert.Contains(other.ProcessID.ToString(), failure.Message);
        await ddl!.WaitAsync(TimeSpan.FromSeconds(30), Token); // our lock is gone
        await scene.NobodyIsLeftAsync();
    }

    private static string Waiting(BackupScene scene) => scene.Server.PsqlAsync(
        scene.Database, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'readings'::regclass").GetAwaiter().GetResult();

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
