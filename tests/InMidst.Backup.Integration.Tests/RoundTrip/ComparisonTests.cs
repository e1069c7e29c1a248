using System.Collections.Concurrent;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Verify;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>A database against an index, read by several connections: it need not be restored first to be compared.</summary>
public sealed class ComparisonTests(PostgresFixture fixture)
{
    // Half of every page stays free, so that a changed row stays in its page.
    private const string Tables = """
        CREATE TABLE cut (id int, v text) WITH (fillfactor = 50);
        INSERT INTO cut SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 600) i;
        CREATE TABLE alpha AS SELECT i FROM generate_series(1, 10) i;
        CREATE TABLE beta AS SELECT i FROM generate_series(1, 5000) i;
        CREATE TABLE gamma AS SELECT i FROM generate_series(1, 100) i;
        CREATE SEQUENCE counter START 7;
        """;

    private const long SliceLength = 64 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_row_that_changed_in_any_slice_is_found(int workers)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        DumpIndex index = await IndexAsync(scene);
        ComparisonOptions options = Options(scene) with { Workers = workers };
        var heard = new ConcurrentQueue<string>();
        Assert.Empty((await CompareAsync(options, index, r => heard.Enqueue(r.Status))).Findings);
        int begun = heard.Count(s => s == "Comparing public.cut");
        Assert.True(workers == 1 ? begun <= 2 : begun > 5, $"{begun} slices were read by {workers} connections.");

        int pages = int.Parse(await SqlAsync(scene, "SELECT pg_relation_size('cut') / 8192"));
        Assert.True(pages > 40);
        foreach (int page in (int[])[0, 8, 21, pages / 2, pages - 1])
        {
            string id = await SqlAsync(scene, $"SELECT min(id) FROM cut WHERE ctid >= '({page},0)' AND ctid < '({page + 1},0)'");
            await SqlAsync(scene, $"UPDATE cut SET v = reverse(v) WHERE id = {id}");
            Assert.Equal("t", await SqlAsync(scene, $"SELECT ctid >= '({page},0)' AND ctid < '({page + 1},0)' FROM cut WHERE id = {id}"));
            DatabaseComparison changed = await CompareAsync(options, index);
            Assert.Equal("public.cut: 600 rows restored, 600 in the source, but with other contents.", Assert.Single(changed.Findings));
            await SqlAsync(scene, $"UPDATE cut SET v = reverse(v) WHERE id = {id}");
        }

        Assert.Empty((await CompareAsync(options, index)).Findings);
    }

    [Fact]
    public async Task What_differs_is_told_in_the_order_of_the_index_whoever_found_it()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        DumpIndex index = await IndexAsync(scene);
        index = index with
        {
            Tables = [.. index.Tables.Select(t => t with { Rows = t.Rows + 1 }), index.Tables[0] with { Name = "vanished" }],
            Sequences = [.. index.Sequences.Select(s => s with { LastValue = 8 })],
        };
        DatabaseComparison differs = await CompareAsync(Options(scene), index);
        string[] tables = ["alpha", "beta", "cut", "gamma", "vanished"];
        Assert.Equal(tables, differs.Tables.Select(t => t.Name));
        Assert.Equal([10L, 5000L, 600L, 100L, null], differs.Tables.Select(t => t.ActualRows));
        Assert.Equal([.. tables.Select(t => $"public.{t}:"), "Sequence public.counter"], differs.Findings.Select(f => string.Join(' ', f.Split(' ').Take(f[0] == 'S' ? 2 : 1))));
    }

    [Theory]
    [InlineData(1, "None of 4 more connections")]
    [InlineData(3, "Only 2 of 4 more connections")]
    public async Task Where_the_server_has_little_room_fewer_connections_compare_all(int room, string said)
    {
        string role = RoundTripScene.NewName("comparer");
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        DumpIndex index = await IndexAsync(scene);
        await SqlAsync(scene, $"""
            CREATE ROLE {role} LOGIN PASSWORD 'role-password';
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
            GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
            ALTER DATABASE {scene.Database} CONNECTION LIMIT {room};
            """);
        var warnings = new List<string>();
        ComparisonOptions options = Options(scene) with
        {
            Address = scene.Address with { UserName = role, Password = "role-password", Database = "postgres" }, Warn = warnings.Add,
        };
        DatabaseComparison equal = await CompareAsync(options, index);
        Assert.Empty(equal.Findings);
        Assert.Equal(4, equal.Tables.Count(t => t.Match));
        Assert.StartsWith(said, Assert.Single(warnings), StringComparison.Ordinal);

        await SqlAsync(scene, "DELETE FROM cut WHERE id = 300");
        Assert.StartsWith("public.cut: 599 rows", Assert.Single((await CompareAsync(options, index)).Findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_ends_all_that_the_server_does_for_it()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        DumpIndex index = await IndexAsync(scene);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using Barrier barrier = await Barrier.MakeAsync(scene);
        Task<DatabaseComparison> comparing = DatabaseComparison.RunAsync(Options(scene), index, new Reports(barrier.Hear), stop.Token);
        await barrier.ReachedAsync();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => comparing);
        await scene.NobodyIsLeftAsync();
    }

    [Fact]
    public async Task One_connection_that_is_ended_ends_the_others_and_is_what_is_told()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        DumpIndex index = await IndexAsync(scene);
        await using Barrier barrier = await Barrier.MakeAsync(scene);
        Task<DatabaseComparison> comparing = DatabaseComparison.RunAsync(Options(scene), index, new Reports(barrier.Hear), Token);
        string waiting = await barrier.ReachedAsync();

        await SqlAsync(scene, $"SELECT pg_terminate_backend({waiting})", "postgres");
        var ended = await Assert.ThrowsAsync<PostgresException>(() => comparing);
        Assert.Equal(PostgresErrorCodes.AdminShutdown, ended.SqlState);
        await scene.NobodyIsLeftAsync();
    }

    [Fact]
    public async Task A_test_loads_and_compares_with_as_many_connections_as_may()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        BackupRecord backup = await scene.RunAsync();
        await SqlAsync(scene, "ALTER SYSTEM SET log_connections = on");
        await SqlAsync(scene, "SELECT pg_reload_conf()");
        await Eventually.TrueAsync(() => SqlAsync(scene, "SHOW log_connections").GetAwaiter().GetResult() == "on", "connections are logged");
        (int Loading, int Comparing) one = await SessionsAsync(1);
        Assert.Equal((one.Loading + 2, one.Comparing + 2), await SessionsAsync(3));

        async Task<(int Loading, int Comparing)> SessionsAsync(int workers)
        {
            string name = "midst workers " + Guid.NewGuid().ToString("N")[..8];
            var server = new ExistingProofServer(scene.Address with { Database = "postgres", ApplicationName = name });
            VerificationResult test = await new BackupVerifier(server, "test", TimeProvider.System, scene.Warnings.Enqueue) { Workers = workers }
                .RunAsync(backup, VerificationLevel.Restore, new Reports(), Token);
            Assert.Empty(test.Findings);
            string[] sessions = [.. fixture.Server.ReadLog().Split('\n').Where(l => l.Contains($"application_name={name}", StringComparison.Ordinal))];
            return (sessions.Count(l => l.Contains("database=midst_restoring_", StringComparison.Ordinal)),
                sessions.Count(l => l.Contains("database=midst_proof_", StringComparison.Ordinal)));
        }
    }

    private static ComparisonOptions Options(BackupScene scene) => new()
    {
        Address = scene.Address, Database = scene.Database, Workers = 4, SliceLength = SliceLength, Warn = scene.Warnings.Enqueue,
    };

    private static Task<DatabaseComparison> CompareAsync(ComparisonOptions options, DumpIndex index, Action<OperationProgress>? heard = null) =>
        DatabaseComparison.RunAsync(options, index, new Reports(heard), Token);

    private static async Task<DumpIndex> IndexAsync(BackupScene scene)
    {
        string name = (await scene.RunAsync()).Data.Name;
        return await (await DumpFile.OpenAsync(scene.Storage, name, Token)).ReadIndexAsync(Token);
    }

    private static Task<string> SqlAsync(BackupScene scene, string sql, string? database = null) => scene.Server.PsqlAsync(database ?? scene.Database, sql);

    /// <summary>Locks the tables when the first is about to be read, so that all readers wait for as long as it lives.</summary>
    private sealed class Barrier : IAsyncDisposable
    {
        private readonly BackupScene _scene;
        private readonly NpgsqlConnection _connection;
        private int _locked;

        private Barrier(BackupScene scene, NpgsqlConnection connection) => (_scene, _connection) = (scene, connection);

        private string Waiting => $"FROM pg_stat_activity WHERE application_name = '{_scene.Address.ApplicationName}' AND query LIKE 'COPY%' AND wait_event_type = 'Lock'";

        public static async Task<Barrier> MakeAsync(BackupScene scene) => new(scene, await PostgresConnector.OpenAsync(
            scene.Address, scene.Database, new ConnectorOptions { ApplicationName = "somebody" }, Token));

        public void Hear(OperationProgress report)
        {
            if (!report.Status.StartsWith("Comparing", StringComparison.Ordinal) || Interlocked.Exchange(ref _locked, 1) != 0)
                return;
            using var command = new NpgsqlCommand("BEGIN; LOCK TABLE alpha, beta, cut, gamma", _connection);
            command.ExecuteNonQuery();
        }

        /// <summary>Waits until all four wait.</summary>
        /// <returns>The server's process of one of them.</returns>
        public async Task<string> ReachedAsync()
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            while (await SqlAsync(_scene, $"SELECT count(*) {Waiting}", "postgres") != "4")
                patience.Token.ThrowIfCancellationRequested();
            return await SqlAsync(_scene, $"SELECT min(pid) {Waiting}", "postgres");
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
