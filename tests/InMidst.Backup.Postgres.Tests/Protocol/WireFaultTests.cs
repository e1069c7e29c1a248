using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Protocol;
using Npgsql;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>What a server, or whoever stands in between, may do to rows on the wire.</summary>
/// <param name="hasOwnThread">The client's way of waiting.</param>
public abstract class WireFaultTests(bool hasOwnThread) : WireClientTests(hasOwnThread)
{
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
        await DoAsync(async () =>
        {
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
        });
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
        await DoAsync(async () =>
        {
            await using (CopyBoth both = await connection.BeginCopyBothAsync("START_REPLICATION", Token))
            {
                Assert.Equal("w1", Encoding.ASCII.GetString((await both.ReadAsync(Token))!.Value.Span));
                await both.WriteAsync("r1"u8.ToArray(), Token);
                Assert.Equal("w2", Encoding.ASCII.GetString((await both.ReadAsync(Token))!.Value.Span));
                await both.WriteAsync("r2"u8.ToArray(), Token);
                Assert.Null(await both.ReadAsync(Token));
                Assert.Equal(["2", null], Assert.Single(await both.CompleteAsync(Token)).AsEnumerable());
            }
        });

        Assert.Equal(["r1", "r2"], received);
        await DoAsync(async () =>
        {
            await using CopyBoth none = await connection.BeginCopyBothAsync("START_REPLICATION", Token);
            Assert.Null(await none.ReadAsync(Token));
            Assert.Empty(await none.CompleteAsync(Token));
        });
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

    private Task WriteRowsAsync(WireConnection connection) => DoAsync(async () =>
    {
        await using WireCopyIn copy = await connection.BeginCopyInAsync("COPY", Token);
        await copy.WriteAsync(new byte[300_000], Token);
        Assert.Equal(5, await copy.CompleteAsync(Token));
    });

    private Task<string> ReadRowsAsync(WireConnection connection) => DoAsync(async () =>
    {
        await using Stream rows = await connection.BeginCopyOutAsync("COPY", Token);
        using var all = new MemoryStream();
        await rows.CopyToAsync(all, Token);
        return Encoding.ASCII.GetString(all.ToArray());
    });

    private async Task<int> CountAsync(Func<FakeServer, Task> script, Func<WireConnection, Task> work)
    {
        await using var server = new FakeServer(script);
        await using WireConnection connection = await OpenAsync(server);
        await work(connection);
        return server.Sent;
    }

    private async Task FailsAsync(Func<FakeServer, Task> script, int cut, Func<WireConnection, Task> work)
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
}
