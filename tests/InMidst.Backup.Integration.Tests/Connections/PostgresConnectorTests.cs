using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Testing;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Connections;

public sealed class PostgresConnectorTests(PostgresFixture fixture)
{
    private PostgresServer Server => fixture.Server;

    [Fact]
    public async Task Socket_and_loopback_lead_to_the_same_server()
    {
        await using NpgsqlConnection one = await Open(Server.Host, "postgres");
        await using NpgsqlConnection two = await Open(Server.LoopbackHost, "postgres");
        ServerIdentity first = await ServerIdentity.ReadAsync(one, default);
        ServerIdentity second = await ServerIdentity.ReadAsync(two, default);
        Assert.True(first.IsSameServerAs(second));
        Assert.Equal(Server.Major, first.Major);
        Assert.False(first.IsInRecovery);
        Assert.Equal(await Server.PsqlAsync("postgres", "SELECT system_identifier FROM pg_control_system()"), first.SystemIdentifier.ToString());
        Assert.Equal(
            await Server.PsqlAsync("postgres", "SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"),
            ((first.StartedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString());
    }

    [Fact]
    public async Task A_role_that_may_not_read_the_control_file_still_identifies_the_server()
    {
        await Server.CreateDatabaseAsync("identity");
        await Server.PsqlAsync("identity", "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; CREATE ROLE identity_reader LOGIN PASSWORD 'p'");
        ServerAddress address = Address(Server.Host) with { UserName = "identity_reader", Password = "p" };
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(address, "identity", ConnectorOptions.Default, default);
        await using NpgsqlConnection superuser = await Open(Server.Host, "identity");
        ServerIdentity identity = await ServerIdentity.ReadAsync(connection, default);
        Assert.Null(identity.SystemIdentifier);
        Assert.True(identity.IsSameServerAs(await ServerIdentity.ReadAsync(superuser, default)));
    }

    [Theory]
    [InlineData("ödb")]
    [InlineData("łódź 東京")]
    public async Task Names_beyond_ASCII_reach_the_server_whatever_the_text_of_the_session_is(string database)
    {
        await Server.CreateDatabaseAsync(database, "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            Address(Server.Host), database, new ConnectorOptions { ByteText = true }, default);
        await using var command = new NpgsqlCommand("SELECT set_config('client_encoding', getdatabaseencoding(), false) || chr(228)", connection);
        Assert.Equal("LATIN1\u00e4", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Opening_runs_no_statement_and_no_session_is_used_twice()
    {
        await Server.CreateDatabaseAsync("silent");
        await Server.PsqlAsync("postgres", "ALTER DATABASE silent SET log_statement = 'all'");
        var processes = new HashSet<int>();
        for (int round = 0; round < 2; round++)
        {
            await using NpgsqlConnection connection = await Open(Server.Host, "silent");
            processes.Add(connection.ProcessID);
            await using var command = new NpgsqlCommand("SELECT 'only this'", connection);
            Assert.Equal("only this", await command.ExecuteScalarAsync());
        }

        Assert.Equal(2, processes.Count);
        string[] statements = [.. Server.ReadLog().Split('\n').Where(line => line.Contains("@silent ") && (line.Contains("statement:") || line.Contains("execute ")))];
        Assert.Equal(2, statements.Length);
        Assert.All(statements, line => Assert.Contains("only this", line));
    }

    // proc_net_tcp: who waits to send a sign of life has timer 2; when it ends is in hundredths of a second.
    [Fact]
    public async Task A_connection_on_which_nothing_is_said_shows_the_network_every_minute_that_it_lives()
    {
        await using NpgsqlConnection connection = await Open(Server.LoopbackHost, "postgres");
        int port = (int)(await Scalar(connection, "SELECT pg_catalog.inet_client_port()"))!;
        string[] fields = Assert.Single(File.ReadLines("/proc/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            f => f[1].EndsWith($":{port:X4}", StringComparison.Ordinal) && f[2].EndsWith($":{Server.Port:X4}", StringComparison.Ordinal));
        string[] timer = fields[5].Split(':');
        Assert.Equal("02", timer[0]);
        Assert.InRange(Convert.ToInt32(timer[1], 16), 1, 6000);
    }

    [Theory]
    [InlineData("LATIN1")]
    [InlineData("SQL_ASCII")]
    [InlineData("UTF8")]
    [InlineData("EUC_JP")]
    public async Task Byte_text_passes_unchanged_in_every_encoding(string encoding)
    {
        string database = $"bytes_{encoding.ToLowerInvariant()}";
        await Server.CreateDatabaseAsync(database, $"TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'");
        await using NpgsqlConnection connection =
            await PostgresConnector.OpenAsync(Address(Server.LoopbackHost), database, new ConnectorOptions { ByteText = true }, default);
        Assert.Equal(encoding, await Scalar(connection, "SELECT pg_catalog.set_config('client_encoding', pg_catalog.getdatabaseencoding(), false)"));

        // LATIN1 and SQL_ASCII take any byte but zero; the others a text of their own, whose bytes we spell as chars.
        string text = encoding switch
        {
            "UTF8" => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("né €漢😀")),
            "EUC_JP" => "\u00b4\u00c1\u00bb\u00fa",
            _ => string.Concat(Enumerable.Range(1, 255).Select(value => (char)value)),
        };
        string literal = $"'{text.Replace("'", "''")}'";
        Assert.Equal(text, await Scalar(connection, $"SELECT {literal} AS \"a;b\" -- ; $1 @p :p"));
        Assert.Equal(text.Length, await Scalar(connection, $"SELECT pg_catalog.octet_length({literal})"));
        Assert.Equal(
            Convert.ToHexStringLower(Encoding.Latin1.GetBytes(text)),
            await Scalar(connection, $"SELECT pg_catalog.encode(pg_catalog.convert_to({literal}, pg_catalog.getdatabaseencoding()), 'hex')"));
    }

    [Fact]
    public async Task Messages_of_a_byte_text_session_are_decoded_with_its_encoding()
    {
        await using NpgsqlConnection connection =
            await PostgresConnector.OpenAsync(Address(Server.Host), "postgres", new ConnectorOptions { ByteText = true }, default);
        string name = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("né€"));
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => Scalar(connection, $"SELECT * FROM \"{name}\""));
        Assert.Contains("\"né€\"", PostgresErrors.Translate(refused, Address(Server.Host), "postgres", Encoding.UTF8).Message);
    }

    [Fact]
    public async Task A_batch_command_is_one_statement_whatever_semicolons_it_holds()
    {
        await using NpgsqlConnection connection = await Open(Server.Host, "postgres");
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => Scalar(connection, "SELECT 1; SELECT 2"));
        Assert.Equal("42601", refused.SqlState);
        await Scalar(connection, "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END");
        Assert.Equal(2, await Scalar(connection, "SELECT pg_temp.f()"));
    }

    [Theory]
    [InlineData("secret=1 user=x")]
    [InlineData("postgresql://other/db")]
    [InlineData("semi;colon 'quote' \"double\"")]
    public async Task Odd_database_names_are_taken_literally_by_every_client(string database)
    {
        await Server.CreateDatabaseAsync(database);
        await using NpgsqlConnection connection = await Open(Server.Host, database);
        Assert.Equal(database, await Scalar(connection, "SELECT current_database()::text"));

        IReadOnlyDictionary<string, string> variables = Address(Server.LoopbackHost).ToLibpqEnvironment(database);
        string dump = await LibpqProgram.RunAsync(Server, "pg_dump", variables, "--create");
        Assert.Contains($"CREATE DATABASE \"{database.Replace("\"", "\"\"")}\"", dump);
    }

    [Fact]
    public async Task Refusals_at_the_door_have_their_own_ids()
    {
        await Server.PsqlAsync("postgres", "CREATE ROLE guest LOGIN PASSWORD 'p'; CREATE DATABASE full_house CONNECTION LIMIT 0");
        ServerAddress good = Address(Server.LoopbackHost);
        await Refused(good with { Password = "wrong" }, "postgres", ErrorIds.AuthenticationFailed);
        await Refused(good with { Password = null }, "postgres", ErrorIds.AuthenticationFailed);
        await Refused(good with { UserName = "nobody_known" }, "postgres", ErrorIds.AuthenticationFailed);
        await Refused(good, "absent", ErrorIds.DatabaseNotFound);
        await Refused(good with { UserName = "guest", Password = "p" }, "full_house", ErrorIds.TooManyConnections);
        await Refused(good with { Host = "/nowhere" }, "postgres", ErrorIds.ServerUnreachable);
        await Refused(good with { Port = 1 }, "postgres", ErrorIds.ServerUnreachable);
        await Refused(good with { Host = "::1", Port = 1 }, "postgres", ErrorIds.ServerUnreachable);
        await Refused(good with { SslMode = PostgresSslMode.Require }, "postgres", ErrorIds.TlsFailed);
    }

    [Fact]
    public async Task A_session_that_the_server_ends_is_a_lost_connection()
    {
        await using NpgsqlConnection connection = await Open(Server.Host, "postgres");
        await Server.PsqlAsync("postgres", $"SELECT pg_terminate_backend({connection.ProcessID}, 60000)");
        Exception lost = await Assert.ThrowsAnyAsync<Exception>(() => Scalar(connection, "SELECT 1"));
        Assert.True(PostgresErrors.IsServerFailure(lost, default));
        Assert.Equal(ErrorIds.ConnectionLost, PostgresErrors.Translate(lost, Address(Server.Host), "postgres").Id);
    }

    [Fact]
    public async Task A_refused_right_names_the_relation_and_a_lock_says_so()
    {
        await Server.CreateDatabaseAsync("rights");
        await Server.PsqlAsync("rights", "CREATE TABLE salaries (x int); CREATE ROLE rights_reader LOGIN PASSWORD 'p'");
        await using NpgsqlConnection reader = await PostgresConnector.OpenAsync(
            Address(Server.Host) with { UserName = "rights_reader", Password = "p" }, "rights", ConnectorOptions.Default, default);
        BackupException denied = await Translated(() => Scalar(reader, "SELECT * FROM salaries"));
        Assert.Equal(ErrorIds.PermissionDenied, denied.Id);
        Assert.Contains("salaries", denied.Message);

        await using NpgsqlConnection holder = await Open(Server.Host, "rights");
        await using NpgsqlTransaction transaction = await holder.BeginTransactionAsync();
        await Scalar(holder, "LOCK TABLE salaries IN ACCESS EXCLUSIVE MODE");
        await using NpgsqlConnection other = await Open(Server.Host, "rights");
        await Scalar(other, "BEGIN");
        Assert.Equal(ErrorIds.TableLocked, (await Translated(() => Scalar(other, "LOCK TABLE salaries IN ACCESS SHARE MODE NOWAIT"))).Id);
    }

    [Fact]
    public async Task Cancellation_stays_a_cancellation()
    {
        using var stop = new CancellationTokenSource();
        await using NpgsqlConnection connection = await Open(Server.Host, "postgres");
        await using var command = new NpgsqlCommand("SELECT pg_sleep(3600)", connection);
        Task<object?> running = command.ExecuteScalarAsync(stop.Token);
        await stop.CancelAsync();
        Exception end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(PostgresErrors.IsServerFailure(end, stop.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => PostgresConnector.OpenAsync(Address(Server.LoopbackHost), "postgres", ConnectorOptions.Default, stop.Token));
    }

    private static async Task<object?> Scalar(NpgsqlConnection connection, string statement)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(statement) } };
        return await batch.ExecuteScalarAsync();
    }

    private async Task<BackupException> Translated(Func<Task> action)
    {
        Exception e = await Assert.ThrowsAnyAsync<Exception>(action);
        Assert.True(PostgresErrors.IsServerFailure(e, default));
        return PostgresErrors.Translate(e, Address(Server.Host), null);
    }

    private static async Task Refused(ServerAddress address, string database, ErrorId expected)
    {
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => PostgresConnector.OpenAsync(address, database, ConnectorOptions.Default, default));
        Assert.Equal(expected, refused.Id);
        if (address.Password is { Length: > 1 } password && password != "wrong")
            Assert.DoesNotContain(password, refused.ToString());
    }

    private Task<NpgsqlConnection> Open(string host, string database) =>
        PostgresConnector.OpenAsync(Address(host), database, ConnectorOptions.Default, default);

    private ServerAddress Address(string host) => ConnectionResolver.Resolve(
        new() { HostName = host, Port = Server.Port, UserName = Server.UserName, Password = Server.Password }, new Dictionary<string, string>());
}
