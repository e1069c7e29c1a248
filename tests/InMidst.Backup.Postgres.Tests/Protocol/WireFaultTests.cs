using System.Buffers.Binary;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Protocol;
using Npgsql;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>What a server, or whoever stands in between, may do to the wire client.</summary>
public sealed class WireFaultTests
{
    private static readonly byte[] Data = FakeServer.Message('d', "one\n");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public async Task Messages_may_come_in_pieces_of_any_size_with_others_in_between(int packetSize)
    {
        await using var server = new FakeServer(CopyOutAsync) { PacketSize = packetSize };
        await using WireConnection connection = await OpenAsync(server);
        Assert.Equal((7, 17), (connection.ProcessId, connection.ServerMajor));
        Assert.Equal("one\ntwo\nthree\none\n", await ReadRowsAsync(connection));
        Assert.Equal("UTC", connection.Parameter("TimeZone"));
        Assert.False(connection.IsBroken);
    }

    [Fact]
    public async Task Broken_off_at_any_byte_of_a_COPY_out_it_fails()
    {
        int all = await CountAsync(CopyOutAsync, connection => ReadRowsAsync(connection));
        for (int cut = 0; cut < all; cut++)
            await FailsAsync(CopyOutAsync, cut, connection => ReadRowsAsync(connection));
    }

    [Fact]
    public async Task Broken_off_at_any_byte_of_a_COPY_in_it_fails()
    {
        int all = await CountAsync(CopyInAsync, WriteRowsAsync);
        for (int cut = 0; cut < all; cut++)
            await FailsAsync(CopyInAsync, cut, WriteRowsAsync);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'d', 0, 0, 0, 3 })]
    [InlineData(new byte[] { (byte)'d', 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { (byte)'d', 0x80, 0, 0, 0 })]
    [InlineData(new byte[] { (byte)'E', 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { (byte)'N', 0, 0, 0, 0 })]
    [InlineData(new byte[] { (byte)'S', 0, 0, 0, 7, (byte)'x', (byte)'y', (byte)'z' })]
    [InlineData(new byte[] { (byte)'C', 0, 0, 0, 5, (byte)'C' })]
    [InlineData(new byte[] { (byte)'?', 0, 0, 0, 4 })]
    [InlineData(new byte[] { (byte)'G', 0, 0, 0, 4 })]
    [InlineData(new byte[] { (byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/' })]
    public async Task Garbage_among_rows_breaks_the_connection_before_memory_is_taken_for_it(byte[] garbage)
    {
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('H', 0, 0, 0), garbage, FakeServer.Ready);
        });
        await using WireConnection connection = await OpenAsync(server);
        NpgsqlException failure = await Assert.ThrowsAsync<NpgsqlException>(() => ReadRowsAsync(connection));
        Assert.IsAssignableFrom<IOException>(failure.InnerException);
        Assert.True(connection.IsBroken);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'R', 0, 1, 0, 5 })]
    [InlineData(new byte[] { (byte)'R', 0, 0, 0, 6, 0, 0 })]
    [InlineData(new byte[] { (byte)'Z', 0, 0, 0, 5, (byte)'I' })]
    [InlineData(new byte[] { (byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/' })]
    public async Task Garbage_at_the_door_is_no_server(byte[] garbage)
    {
        await using var server = new FakeServer(async s =>
        {
            await s.ReadUntypedAsync();
            await s.SendAsync(garbage);
        });
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => OpenAsync(server));
        Assert.Equal(ErrorIds.ServerUnreachable, refused.Id);
    }

    [Theory]
    [InlineData(7, "Kerberos")]
    [InlineData(99, "99")]
    public async Task Methods_of_authentication_that_are_not_known_are_named(byte method, string name)
    {
        await using var server = new FakeServer(async s =>
        {
            await s.ReadUntypedAsync();
            await s.SendAsync(FakeServer.Message('R', 0, 0, 0, method));
        });
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => OpenAsync(server));
        Assert.Equal(ErrorIds.AuthenticationFailed, refused.Id);
        Assert.Contains(name, refused.Message);
    }

    [Fact]
    public async Task Start_up_names_what_the_session_is_for_and_passwords_go_as_asked()
    {
        byte[] startup = [], password = [];
        await using var server = new FakeServer(async s =>
        {
            startup = await s.ReadUntypedAsync();
            await s.SendAsync(FakeServer.Message('v', 0, 3, 0, 0, 0, 0, 0, 0), FakeServer.Message('R', 0, 0, 0, 5, 1, 2, 3, 4));
            (_, password) = await s.ReadAsync();
            await s.SendAsync(FakeServer.Greeting);
        });
        var options = new WireOptions { ApplicationName = "näme", WithoutEventTriggers = true, Replication = ReplicationMode.Database };
        await using WireConnection connection = await WireConnection.OpenAsync(server.Address with { UserName = "üser" }, "dß", options, Token);
        Assert.Equal(
            "\0\x03\0\0user\0üser\0database\0dß\0application_name\0näme\0client_encoding\0UTF8\0TimeZone\0UTC\0options\0-c event_triggers=off\0replication\0database\0\0",
            Encoding.UTF8.GetString(startup));
        // Python's hashlib: md5(hex(md5("pencil" + "üser")) + salt).
        Assert.Equal("md5018121ae7ff592fdddf89c884400a9e3\0", Encoding.ASCII.GetString(password));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_after_the_time_to_connect()
    {
        await using var server = new FakeServer(s => s.StallAsync());
        BackupException late = await Assert.ThrowsAsync<BackupException>(
            () => WireConnection.OpenAsync(server.Address with { ConnectTimeout = TimeSpan.FromMilliseconds(50) }, "db", WireOptions.Default, Token));
        Assert.Equal(ErrorIds.ServerUnreachable, late.Id);
        Assert.IsType<TimeoutException>(late.InnerException!.InnerException);
    }

    [Fact]
    public async Task Cancelled_while_the_server_says_nothing_it_ends_and_asks_the_server_to_stop()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('H', 0, 0, 0), Data);
        });
        WireConnection connection = await OpenAsync(server);
        Stream rows = await connection.BeginCopyOutAsync("COPY", Token);
        byte[] buffer = new byte[100];
        Assert.Equal(4, await rows.ReadAsync(buffer, stop.Token));
        Task<int> waiting = rows.ReadAsync(buffer, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.True(connection.IsBroken);
        await rows.DisposeAsync();
        Assert.Empty(server.Cancels);
        await connection.DisposeAsync();
        Assert.Equal("0000001004d2162e0000000701020304", Convert.ToHexStringLower(Assert.Single(server.Cancels)));
    }

    [Fact]
    public async Task A_server_that_does_not_stop_when_asked_loses_its_connection_only_when_rows_break_off()
    {
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('H', 0, 0, 0), Data);
            while (s.Cancels.IsEmpty)
                await Task.Yield();
            throw new IOException("gone");
        });
        await using WireConnection connection = await OpenAsync(server);
        Stream rows = await connection.BeginCopyOutAsync("COPY", Token);
        await rows.DisposeAsync();
        Assert.True(connection.IsBroken);
        await Assert.ThrowsAsync<NpgsqlException>(() => connection.ExecuteAsync("SELECT 1", Token));
    }

    [Theory]
    [InlineData("ERROR")]
    [InlineData("FATAL")]
    public async Task What_the_server_says_is_reported_and_not_that_it_hangs_up(string severity)
    {
        foreach (bool during in new[] { false, true })
        {
            await using var server = new FakeServer(async s =>
            {
                await s.GreetAsync();
                await s.ReadAsync();
                if (during)
                    await s.SendAsync(FakeServer.Message('H', 0, 0, 0), Data);
                await s.SendAsync(FakeServer.Error(severity, "XX001", "torn"));
                throw new IOException("hangs up");
            });
            await using WireConnection connection = await OpenAsync(server);
            PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => ReadRowsAsync(connection));
            Assert.Equal(("torn", "XX001", severity), (error.MessageText, error.SqlState, error.Severity));
            Assert.True(connection.IsBroken);
        }
    }

    [Fact]
    public async Task Refused_at_the_door_the_words_of_the_server_are_decoded()
    {
        await using var server = new FakeServer(async s =>
        {
            await s.ReadUntypedAsync();
            await s.SendAsync(FakeServer.Error("FATAL", "3D000", "Datenbank »x« existiert nicht"));
        });
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => OpenAsync(server));
        Assert.Equal(ErrorIds.DatabaseNotFound, refused.Id);
        Assert.Contains("»x«", refused.Message);
    }

    [Fact]
    public async Task An_error_during_a_COPY_in_is_noticed_before_the_end()
    {
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('G', 0, 0, 0), FakeServer.Error("ERROR", "22P02", "bad row"), FakeServer.Ready);
            while ((await s.ReadAsync()).Type != 'Q')
            {
                // Rows that nobody wants.
            }

            await s.SendAsync(FakeServer.Message('C', "SELECT 1\0"), FakeServer.Ready);
        });
        await using WireConnection connection = await OpenAsync(server);
        await using (WireCopyIn copy = await connection.BeginCopyInAsync("COPY", Token))
        {
            PostgresException error = await Assert.ThrowsAsync<PostgresException>(async () =>
            {
                while (true)
                    await copy.WriteAsync(new byte[50_000], Token);
            });
            Assert.Equal("22P02", error.SqlState);
        }

        await connection.ExecuteAsync("SELECT 1", Token);
    }

    [Fact]
    public async Task Both_directions_end_each_for_itself_and_results_follow()
    {
        var received = new List<string>();
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('W', 0, 0, 0), FakeServer.Message('d', "w1"), FakeServer.Notice, FakeServer.Message('d', "w2"));
            for (int i = 0; i < 2; i++)
                received.Add(Encoding.ASCII.GetString((await s.ReadAsync()).Body));
            await s.SendAsync(FakeServer.Message('c'));
            Assert.Equal('c', (await s.ReadAsync()).Type);
            await s.SendAsync(
                FakeServer.Message('T', 0, 0), FakeServer.Message('D', 0, 2, 0, 0, 0, 1, (byte)'2', 0xFF, 0xFF, 0xFF, 0xFF),
                FakeServer.Message('C', "START_STREAMING\0"), FakeServer.Message('C', "START_REPLICATION\0"), FakeServer.Ready);
            await s.ReadAsync();
            await s.SendAsync(FakeServer.Message('T', 0, 0), FakeServer.Message('C', "START_REPLICATION\0"), FakeServer.Ready);
        });
        await using WireConnection connection = await OpenAsync(server);
        await using (CopyBoth both = await connection.BeginCopyBothAsync("START_REPLICATION", Token))
        {
            Assert.Equal("w1", Encoding.ASCII.GetString((await both.ReadAsync(Token))!.Value.Span));
            await both.WriteAsync("r1"u8.ToArray(), Token);
            Assert.Equal("w2", Encoding.ASCII.GetString((await both.ReadAsync(Token))!.Value.Span));
            await both.WriteAsync("r2"u8.ToArray(), Token);
            Assert.Null(await both.ReadAsync(Token));
            Assert.Equal(["2", null], Assert.Single(await both.CompleteAsync(Token)).AsEnumerable());
        }

        Assert.Equal(["r1", "r2"], received);
        await using CopyBoth none = await connection.BeginCopyBothAsync("START_REPLICATION", Token);
        Assert.Null(await none.ReadAsync(Token));
        Assert.Empty(await none.CompleteAsync(Token));
    }

    [Theory]
    [InlineData("Sx", "TlsFailed")]
    [InlineData("N", "TlsFailed")]
    [InlineData("E", "TlsFailed")]
    [InlineData("?", "ServerUnreachable")]
    public async Task A_server_without_TLS_and_one_that_begins_it_badly_are_refused(string answer, string id)
    {
        await using var server = new FakeServer(async s =>
        {
            Assert.Equal(80877103, BinaryPrimitives.ReadInt32BigEndian(await s.ReadUntypedAsync()));
            await s.SendAsync(Encoding.ASCII.GetBytes(answer));
        });
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => WireConnection.OpenAsync(server.Address with { SslMode = PostgresSslMode.Require }, "db", WireOptions.Default, Token));
        Assert.Equal(id, refused.Id.ToString());
    }

    private static async Task CopyOutAsync(FakeServer server)
    {
        await server.GreetAsync();
        await server.ReadAsync();
        await server.SendAsync(
            FakeServer.Notice, FakeServer.Message('H', 0, 0, 1, 0, 0), Data, FakeServer.Message('d'), FakeServer.Notice,
            FakeServer.Message('d', "two\nthr"), FakeServer.Message('d', "ee\n"), FakeServer.Message('S', "TimeZone\0UTC\0"),
            FakeServer.Message('A', 0, 0, 0, 1, 0, 0), Data, FakeServer.Message('c'), FakeServer.Message('C', "COPY 4\0"), FakeServer.Ready);
    }

    private static async Task CopyInAsync(FakeServer server)
    {
        await server.GreetAsync();
        await server.ReadAsync();
        await server.SendAsync(FakeServer.Message('G', 0, 0, 1, 0, 0), FakeServer.Notice);
        while ((await server.ReadAsync()).Type != 'c')
        {
            // Rows.
        }

        await server.SendAsync(FakeServer.Notice, FakeServer.Message('C', "COPY 5\0"), FakeServer.Ready);
    }

    private static async Task WriteRowsAsync(WireConnection connection)
    {
        await using WireCopyIn copy = await connection.BeginCopyInAsync("COPY", Token);
        await copy.WriteAsync(new byte[300_000], Token);
        Assert.Equal(5, await copy.CompleteAsync(Token));
    }

    private static async Task<string> ReadRowsAsync(WireConnection connection)
    {
        await using Stream rows = await connection.BeginCopyOutAsync("COPY", Token);
        using var all = new MemoryStream();
        await rows.CopyToAsync(all, Token);
        return Encoding.ASCII.GetString(all.ToArray());
    }

    private static async Task<int> CountAsync(Func<FakeServer, Task> script, Func<WireConnection, Task> work)
    {
        await using var server = new FakeServer(script);
        await using WireConnection connection = await OpenAsync(server);
        await work(connection);
        return server.Sent;
    }

    private static async Task FailsAsync(Func<FakeServer, Task> script, int cut, Func<WireConnection, Task> work)
    {
        await using var server = new FakeServer(script) { CutAt = cut };
        try
        {
            await using WireConnection connection = await OpenAsync(server);
            NpgsqlException failure = await Assert.ThrowsAsync<NpgsqlException>(() => work(connection));
            Assert.IsAssignableFrom<IOException>(failure.InnerException);
            Assert.True(connection.IsBroken);
        }
        catch (BackupException e)
        {
            Assert.Equal(ErrorIds.ServerUnreachable, e.Id);
            Assert.InRange(cut, 0, FakeServer.Greeting.Length - 1);
        }
    }

    private static Task<WireConnection> OpenAsync(FakeServer server) => WireConnection.OpenAsync(server.Address, "db", WireOptions.Default, Token);
}
