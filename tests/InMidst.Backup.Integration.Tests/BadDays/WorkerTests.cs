using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Several connections read at once, and one of them meets trouble.</summary>
public sealed class WorkerTests(PostgresFixture fixture)
{
    private const string FourTables = """
        CREATE TABLE a AS SELECT i, repeat(md5(i::text), 30) AS v FROM generate_series(1, 4000) i;
        CREATE TABLE b AS SELECT i, repeat(md5(i::text), 30) AS v FROM generate_series(1, 3000) i;
        CREATE TABLE c AS SELECT i, repeat(md5(i::text), 30) AS v FROM generate_series(1, 2000) i;
        CREATE INDEX c_i ON c (i);
        CREATE TABLE d AS SELECT i, repeat(md5(i::text), 30) AS v FROM generate_series(1, 1000) i;
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void There_are_as_many_as_processors_but_two_at_least_and_eight_at_most() => Assert.Equal(
        Math.Max(2, Math.Min(8, Environment.ProcessorCount)),
        new DumpOptions { Address = new ServerAddress { Host = "h", Port = 1, UserName = "u", Database = "d" }, Database = "d", Tool = "t" }.Workers);

    // Who queued behind the ALTER, which waits for our own lock, would wait for ever.
    [Theory]
    [InlineData(null)]
    [InlineData(64L * 1024)]
    public async Task A_table_that_ddl_waits_for_is_read_by_the_connection_that_has_locked_it(long? slice)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, FourTables);
        await using NpgsqlConnection other = await OpenAsync(scene);
        Task? ddl = null;
        string? reader = null;
        var options = scene.Options with { Workers = 2, SliceLength = slice, LockTimeout = TimeSpan.FromSeconds(2) };
        BackupRecord backup = await scene.RunAsync(options, progress: step =>
        {
            // Both workers have something, and much of this table is still to come.
            if (step.Status is "public.a" or "public.b" && ddl is null)
            {
                ddl = ExecuteAsync(other, "ALTER TABLE c ADD COLUMN more int");
                Eventually.TrueAsync(() => Count(scene, "NOT granted AND relation = 'c'::regclass") == 1, "the DDL waits").GetAwaiter().GetResult();
            }

            if (step is { Status: "public.c", Bytes: > 0 })
                reader = Ask(scene, "SELECT count(*) FROM pg_locks WHERE granted AND relation = 'c'::regclass AND mode = 'AccessShareLock'");
        });
        await ddl!.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal("1", reader); // at last the exporter, and no worker
        Assert.Equal(10_000, backup.Manifest!.Totals.Rows);
        Assert.Empty(scene.Warnings);
        await scene.HoldsExactlyAsync(backup);
        await scene.NobodyIsLeftAsync();
    }

    // The query of a slice locks the indexes as well, and a worker that has nothing to do any more must not keep them.
    [Fact]
    public async Task A_rebuild_of_an_index_waits_for_a_slice_at_most()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, FourTables);
        await using NpgsqlConnection other = await OpenAsync(scene);
        int rebuilds = 0;
        var options = scene.Options with { Workers = 2, SliceLength = 64 * 1024 };
        BackupRecord backup = await scene.RunAsync(options, progress: step =>
        {
            if (step.Status == "public.d" && rebuilds++ == 0)
            {
                Assert.NotEqual(0, Count(scene, "granted AND relation = 'c'::regclass"));
                ExecuteAsync(other, "SET lock_timeout = '20s'; REINDEX INDEX c_i").GetAwaiter().GetResult();
            }
        });
        Assert.NotEqual(0, rebuilds);
        await scene.HoldsExactlyAsync(backup);
    }

    [Fact]
    public async Task A_worker_whose_session_is_ended_ends_the_backup_and_leaves_nothing()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, """
            CREATE TABLE a AS SELECT i, repeat('x', 3000) AS v FROM generate_series(1, 20000) i;
            CREATE TABLE b AS SELECT i, repeat('x', 3000) AS v FROM generate_series(1, 20000) i;
            """);
        string? ended = null;
        BackupException failure = await scene.FailsAsync(ErrorIds.ConnectionLost, scene.Options with { Workers = 2 }, progress: step =>
        {
            if (step.Bytes > 0)
                ended ??= Ask(scene, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    + $"WHERE application_name = '{scene.Address.ApplicationName}' AND query LIKE 'COPY%' LIMIT 1");
        });
        Assert.Equal("t", ended);
        Assert.Contains(scene.Database, failure.Message);
        await scene.NobodyIsLeftAsync();
    }

    [Fact]
    public async Task A_table_whose_rows_may_not_all_be_seen_ends_the_work_of_all()
    {
        string role = "reader_" + Guid.NewGuid().ToString("N")[..8];
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, $"""
            {FourTables}
            CREATE ROLE {role} LOGIN PASSWORD 'reader-password';
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
            ALTER TABLE c ENABLE ROW LEVEL SECURITY;
            """);
        var options = scene.Options with { Workers = 4, Address = scene.Address with { UserName = role, Password = "reader-password" } };
        BackupException failure = await scene.FailsAsync(ErrorIds.PermissionDenied, options);
        Assert.Contains("\"c\"", failure.Message);
        await scene.NobodyIsLeftAsync();
    }

    [Theory]
    [InlineData(2, "Only 1 of 4")]
    [InlineData(1, "None of 4")]
    public async Task With_too_many_clients_fewer_read_and_it_is_said(int room, string said)
    {
        string role = "owner_" + Guid.NewGuid().ToString("N")[..8];
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, FourTables);
        await fixture.Server.PsqlAsync(scene.Database, $"""
            CREATE ROLE {role} LOGIN PASSWORD 'owner-password';
            ALTER DATABASE {scene.Database} OWNER TO {role};
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
            """);
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", $"""
            {programs.Call("pg_dump")} || exit
            case "$*" in *post-data*) {programs.Call("psql").Replace("\"$@\"", "")} -qc "ALTER DATABASE {scene.Database} CONNECTION LIMIT {room}";; esac
            """);
        BackupRecord backup = await scene.RunAsync(scene.Options with
        {
            Address = scene.Address with { UserName = role, Password = "owner-password" },
            BinDirectories = programs.Directories, ExcludeGlobals = true, Workers = 4,
        });
        string warning = Assert.Single(scene.Warnings);
        Assert.StartsWith(said, warning);
        Assert.Contains("too many connections", warning);
        Assert.Equal(10_000, backup.Manifest!.Totals.Rows);
        await scene.HoldsExactlyAsync(backup);
    }

    private static int Count(BackupScene scene, string locks) => int.Parse(Ask(scene, $"SELECT count(*) FROM pg_locks WHERE {locks}"));

    private static string Ask(BackupScene scene, string sql) => scene.Server.PsqlAsync(scene.Database, sql).GetAwaiter().GetResult();

    private static Task<NpgsqlConnection> OpenAsync(BackupScene scene) => PostgresConnector.OpenAsync(
        scene.Address, scene.Database, new ConnectorOptions { ApplicationName = "someone else" }, Token);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
