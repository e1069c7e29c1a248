using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Testing;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>The wire client on a real server.</summary>
/// <param name="fixture">The server.</param>
/// <param name="hasOwnThread">The client's way of waiting.</param>
public abstract class WireConnectionTests(PostgresFixture fixture, bool hasOwnThread)
{
    private const string ManyRows =
        "COPY (SELECT i, repeat('x', i % 50), CASE WHEN i % 50000 = 0 THEN repeat('wide', 25000) END FROM generate_series(1, 200000) i) TO STDOUT";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PostgresServer Server => fixture.Server;

    private WireOptions Options => new() { HasOwnThread = hasOwnThread };

    [Fact]
    public async Task Both_ways_lead_to_the_server_and_say_what_it_is()
    {
        foreach (string host in new[] { Server.Host, Server.LoopbackHost })
        {
            await using WireConnection connection = await OpenAsync(host);
            IEnumerable<string?> row = Assert.Single(await connection.QueryAsync(
                "SELECT pg_backend_pid(), current_setting('TimeZone'), current_setting('client_encoding'), current_setting('application_name'), NULL", Token));
            Assert.Equal([connection.ProcessId.ToString(), "UTC", "UTF8", "InMidst.Backup", null], row);
            Assert.Equal(Server.Major, connection.ServerMajor);
            Assert.Equal("UTF8", connection.Parameter("client_encoding"));
        }
    }

    [Theory]
    [InlineData("ödb wire")]
    [InlineData("łódź 東京 wire")]
    [InlineData("wire;semi;colon 'quote' \"double\" = x")]
    public async Task Odd_database_names_are_taken_literally(string database)
    {
        database += hasOwnThread ? " 2" : "";
        await Server.CreateDatabaseAsync(database);
        await using WireConnection connection = await WireConnection.OpenAsync(Address(Server.Host), database, Options, Token);
        string name = Assert.Single(await connection.QueryAsync("SELECT current_database()", Token))[0]!;
        Assert.Equal(database, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name)));
    }

    [Fact]
    public async Task Copied_rows_are_those_that_Npgsql_gives()
    {
        using var expected = new MemoryStream();
        await using (NpgsqlConnection npgsql = await PostgresConnector.OpenAsync(Address(Server.Host), "postgres", new ConnectorOptions { ByteText = true }, Token))
        {
            await using Stream rows = await new NpgsqlBulkCopy(npgsql).BeginCopyOutAsync(ManyRows, Token);
            await rows.CopyToAsync(expected, Token);
        }

        await using WireConnection connection = await OpenAsync(Server.Host);
        using var actual = new MemoryStream();
        await using (Stream rows = await connection.BeginCopyOutAsync(ManyRows, Token))
            await rows.CopyToAsync(actual, Token);
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.GetBuffer().AsSpan(0, (int)expected.Length).SequenceEqual(actual.GetBuffer().AsSpan(0, (int)actual.Length)));

        await connection.ExecuteAsync("CREATE TEMP TABLE copied (i int, a text, b text)", Token);
        await using (WireCopyIn copy = await connection.BeginCopyInAsync("COPY copied FROM STDIN", Token))
        {
            actual.Position = 0;
            byte[] buffer = new byte[100_001];
            for (int read; (read = actual.Read(buffer)) > 0;)
                await copy.WriteAsync(buffer.AsMemory(0, read), Token);
            Assert.Equal(200_000, await copy.CompleteAsync(Token));
        }

        Assert.Equal("200000 20000100000 400000", Assert.Single(await connection.QueryAsync("SELECT concat_ws(' ', count(*), sum(i), sum(length(b))) FROM copied", Token))[0]);
    }

    [Fact]
    public async Task A_COPY_that_nobody_reads_to_its_end_leaves_the_session_usable()
    {
        await using WireConnection connection = await OpenAsync(Server.LoopbackHost);
        for (int round = 0; round < 3; round++)
        {
            Stream rows = await connection.BeginCopyOutAsync("COPY (SELECT repeat('x', 1000), generate_series(1, 1000000000)) TO STDOUT", Token);
            await rows.ReadExactlyAsync(new byte[12_345], Token);
            await rows.DisposeAsync();
            Assert.False(connection.IsBroken);
            Assert.Equal("1", Assert.Single(await connection.QueryAsync("SELECT 1", Token))[0]);
        }
    }

    [Fact]
    public async Task A_COPY_that_is_not_completed_is_discarded()
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        await connection.ExecuteAsync("CREATE TEMP TABLE discarded (i int)", Token);
        await using (WireCopyIn copy = await connection.BeginCopyInAsync("COPY discarded FROM STDIN", Token))
            await copy.WriteAsync("1\n2\n"u8.ToArray(), Token);
        Assert.Equal("0", Assert.Single(await connection.QueryAsync("SELECT count(*) FROM discarded", Token))[0]);
    }

    [Fact]
    public async Task A_refused_row_is_reported_while_rows_are_still_sent()
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        await connection.ExecuteAsync("CREATE TEMP TABLE refused (i int)", Token);
        await using (WireCopyIn copy = await connection.BeginCopyInAsync("COPY refused FROM STDIN", Token))
        {
            byte[] rows = new byte[100_000];
            rows.AsSpan().Fill((byte)'\n');
            // Without end: only an error that is noticed early ends it.
            PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(async () =>
            {
                while (true)
                    await copy.WriteAsync(rows, Token);
            });
            Assert.Equal("22P02", refusal.SqlState);
            Assert.Contains("refused, line 1", refusal.Where);
        }

        Assert.Equal("1", Assert.Single(await connection.QueryAsync("SELECT 1", Token))[0]);
    }

    // The server would wait for us to take its notices, and we for it to take our rows: both are more than a socket keeps.
    [Fact]
    public async Task Notices_without_end_do_not_stop_a_COPY()
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        await connection.ExecuteAsync(
            "CREATE TEMP TABLE loud (i text); "
            + "CREATE FUNCTION pg_temp.shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', repeat('x', 5000); RETURN NEW; END $$; "
            + "CREATE TRIGGER t BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION pg_temp.shout()", Token);
        await using WireCopyIn copy = await connection.BeginCopyInAsync("COPY loud FROM STDIN", Token);
        byte[] rows = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('r', 2000) + "\n", 2_000)));
        await copy.WriteAsync(rows, Token);
        Assert.Equal(2_000, await copy.CompleteAsync(Token));
    }

    [Fact]
    public async Task Statements_are_run_each_for_itself_or_all_together()
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        await connection.ExecuteAsync("CREATE TEMP TABLE s (i int PRIMARY KEY)", Token);
        string[] statements = [.. Enumerable.Range(0, 20_000).Select(i => $"INSERT INTO s VALUES ({(i is 5 or 19_999 ? 1 : i)}) -- {new string('x', 100)}")];
        IReadOnlyList<StatementFailure> failures = await connection.ExecuteEachAsync(statements, Token);
        Assert.Equal([5, 19_999], failures.Select(f => f.Index));
        Assert.All(failures, f => Assert.Equal("23505", f.Error.SqlState));
        Assert.Equal("19998", Assert.Single(await connection.QueryAsync("SELECT count(*) FROM s", Token))[0]);

        Assert.Null(await connection.ExecuteTogetherAsync(["DELETE FROM s", "INSERT INTO s VALUES (1) -- comment", "SELECT * FROM s"], Token));
        StatementFailure? failure = await connection.ExecuteTogetherAsync(["DELETE FROM s", "SELECT 2", "INSERT INTO s VALUES (1), (1)", "SELECT 3"], Token);
        Assert.Equal((2, "23505"), (failure!.Index, failure.Error.SqlState));
        Assert.Equal("1", Assert.Single(await connection.QueryAsync("SELECT count(*) FROM s", Token))[0]);

        // Found before anything runs; only its place tells which.
        string umlauts = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("SELECT 'äöüäöüäöüäöüäöüäöü'"));
        failure = await connection.ExecuteTogetherAsync([umlauts, "SELECT 1", "SELEC 2", "SELECT 3"], Token);
        Assert.Equal((2, "42601"), (failure!.Index, failure.Error.SqlState));
    }

    [Theory]
    [InlineData("SELECT 1\0")]
    [InlineData("SELECT '\u20ac'")]
    public async Task What_is_no_byte_string_is_refused_before_anything_is_sent(string statement)
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        await Assert.ThrowsAsync<ArgumentException>(() => connection.ExecuteAsync(statement, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => connection.ExecuteEachAsync(["SELECT 1", statement], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => connection.ExecuteTogetherAsync(["SELECT 1", statement], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => connection.BeginCopyOutAsync(statement, Token));
        Assert.Equal("1", Assert.Single(await connection.QueryAsync("SELECT 1", Token))[0]);
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_ends_at_once_and_the_server_stops_too()
    {
        WireConnection connection = await OpenAsync(Server.LoopbackHost);
        using var stop = new CancellationTokenSource();
        Task running = DoAsync(() => connection.ExecuteAsync("SELECT pg_sleep(3600)", stop.Token));
        await UntilAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid = {connection.ProcessId} AND wait_event = 'PgSleep'", "1");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.True(connection.IsBroken);
        await Assert.ThrowsAsync<NpgsqlException>(() => connection.ExecuteAsync("SELECT 1", Token));
        await connection.DisposeAsync();
        await UntilAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid = {connection.ProcessId}", "0");
    }

    [Fact]
    public async Task Asked_to_stop_by_another_the_session_goes_on()
    {
        await using WireConnection connection = await OpenAsync(Server.LoopbackHost);
        Task running = DoAsync(() => connection.ExecuteAsync("SELECT pg_sleep(3600)", Token));
        await UntilAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid = {connection.ProcessId} AND wait_event = 'PgSleep'", "1");
        await connection.CancelAsync(Token);
        PostgresException cancelled = await Assert.ThrowsAsync<PostgresException>(() => running);
        Assert.Equal("57014", cancelled.SqlState);
        await connection.ExecuteAsync("SELECT 1", Token);
    }

    [Fact]
    public async Task A_session_that_the_server_ends_says_so_and_is_lost()
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        Task sleeping = DoAsync(() => connection.ExecuteAsync("SELECT pg_sleep(3600)", Token));
        await Server.PsqlAsync("postgres", $"SELECT pg_terminate_backend({connection.ProcessId}, 60000)");
        PostgresException ended = await Assert.ThrowsAsync<PostgresException>(() => sleeping);
        Assert.Equal("57P01", ended.SqlState);
        Assert.True(connection.IsBroken);
        NpgsqlException lost = await Assert.ThrowsAsync<NpgsqlException>(() => connection.ExecuteAsync("SELECT 1", Token));
        Assert.IsAssignableFrom<IOException>(lost.InnerException);
        Assert.Equal(ErrorIds.ConnectionLost, PostgresErrors.Translate(lost, Address(Server.Host), "postgres").Id);
    }

    [Fact]
    public async Task Killed_in_the_middle_of_rows_it_is_lost()
    {
        await using WireConnection connection = await OpenAsync(Server.Host);
        Stream rows = await connection.BeginCopyOutAsync("COPY (SELECT repeat('x', 1000), generate_series(1, 1000000000)) TO STDOUT", Token);
        await Server.PsqlAsync("postgres", $"SELECT pg_terminate_backend({connection.ProcessId}, 60000)");
        Exception lost = await Assert.ThrowsAnyAsync<NpgsqlException>(() => rows.CopyToAsync(Stream.Null, Token));
        Assert.Equal(ErrorIds.ConnectionLost, PostgresErrors.Translate(lost, Address(Server.Host), "postgres").Id);
        await rows.DisposeAsync();
        Assert.True(connection.IsBroken);
    }

    [Fact]
    public async Task WAL_is_streamed_until_we_stop_it()
    {
        await using WireConnection connection = await WireConnection.OpenAsync(Address(Server.Host), "postgres", Options with { Replication = ReplicationMode.Physical }, Token);
        string?[] system = Assert.Single(await connection.QueryAsync("IDENTIFY_SYSTEM", Token));
        await using (CopyBoth wal = await connection.BeginCopyBothAsync($"START_REPLICATION PHYSICAL {system[2]} TIMELINE {system[1]}", Token))
        {
            await Server.PsqlAsync("postgres", "SELECT pg_logical_emit_message(false, 'wire', 'seen by the wire client'); SELECT pg_switch_wal()");
            while (!Encoding.Latin1.GetString((await wal.ReadAsync(Token))!.Value.Span).Contains("seen by the wire client", StringComparison.Ordinal))
                await wal.WriteAsync(new byte[34] { (byte)'r', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, Token);
            Assert.Empty(await wal.CompleteAsync(Token));
        }

        Assert.Single(await connection.QueryAsync("IDENTIFY_SYSTEM", Token));
    }

    [Fact]
    public async Task Through_a_pooler_in_session_mode_it_works_too()
    {
        await using PgBouncer pooler = await PgBouncer.StartAsync(Server, "session");
        await using WireConnection connection = await WireConnection.OpenAsync(
            Address(Server.LoopbackHost) with { Port = pooler.Port, SslMode = PostgresSslMode.Disable }, "postgres", Options, Token);
        Stream rows = await connection.BeginCopyOutAsync("COPY (SELECT repeat('x', 1000), generate_series(1, 1000000000)) TO STDOUT", Token);
        await rows.ReadExactlyAsync(new byte[100], Token);
        await rows.DisposeAsync();
        Assert.Equal("1", Assert.Single(await connection.QueryAsync("SELECT 1", Token))[0]);
    }

    [Fact]
    public async Task Refusals_at_the_door_have_the_ids_of_the_connector()
    {
        string guest = hasOwnThread ? "wire_guest_2" : "wire_guest", full = hasOwnThread ? "wire_full_2" : "wire_full";
        await Server.PsqlAsync("postgres", $"CREATE ROLE {guest} LOGIN PASSWORD 'p'; CREATE DATABASE {full} CONNECTION LIMIT 0");
        ServerAddress good = Address(Server.LoopbackHost);
        await RefusedAsync(good with { Password = "wrong" }, "postgres", ErrorIds.AuthenticationFailed);
        await RefusedAsync(good with { Password = null }, "postgres", ErrorIds.AuthenticationFailed);
        await RefusedAsync(good with { UserName = "nobody_known" }, "postgres", ErrorIds.AuthenticationFailed);
        await RefusedAsync(good with { ChannelBinding = "require" }, "postgres", ErrorIds.AuthenticationFailed);
        await RefusedAsync(good, "absent", ErrorIds.DatabaseNotFound);
        await RefusedAsync(good with { UserName = guest, Password = "p" }, full, ErrorIds.TooManyConnections);
        await RefusedAsync(good with { Host = "/nowhere" }, "postgres", ErrorIds.ServerUnreachable);
        await RefusedAsync(good with { Port = 1 }, "postgres", ErrorIds.ServerUnreachable);
        await RefusedAsync(good with { Host = "::1", Port = 1 }, "postgres", ErrorIds.ServerUnreachable);
        await RefusedAsync(good with { Host = "no-such-host.invalid" }, "postgres", ErrorIds.ServerUnreachable);
        await RefusedAsync(good with { SslMode = PostgresSslMode.Require }, "postgres", ErrorIds.TlsFailed);
    }

    /// <summary>Uses the client as its way of waiting asks for.</summary>
    private Task DoAsync(Func<Task> work) => hasOwnThread ? DedicatedThread.RunAsync(() => DedicatedThread.Wait(new ValueTask(work()))) : work();

    private async Task RefusedAsync(ServerAddress address, string database, ErrorId expected)
    {
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => WireConnection.OpenAsync(address, database, Options, Token));
        Assert.True(expected == refused.Id, refused.ToString());
        if (address.Password is { Length: > 5 } password && password != "wrong")
            Assert.DoesNotContain(password, refused.ToString());
    }

    private async Task UntilAsync(string query, string expected)
    {
        while (await Server.PsqlAsync("postgres", query) != expected)
            Token.ThrowIfCancellationRequested();
    }

    private Task<WireConnection> OpenAsync(string host) => WireConnection.OpenAsync(Address(host), "postgres", Options, Token);

    private ServerAddress Address(string host) => ConnectionResolver.Resolve(
        new() { HostName = host, Port = Server.Port, UserName = Server.UserName, Password = Server.Password }, new Dictionary<string, string>());
}
