using System.Buffers.Binary;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>What a server may do before it lets the wire client in.</summary>
/// <param name="hasOwnThread">The client's way of waiting.</param>
public abstract class WireDoorTests(bool hasOwnThread) : WireClientTests(hasOwnThread)
{
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
        WireOptions options = Options with { ApplicationName = "näme", WithoutEventTriggers = true, Replication = ReplicationMode.Database };
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
            () => WireConnection.OpenAsync(server.Address with { ConnectTimeout = TimeSpan.FromMilliseconds(50) }, "db", Options, Token));
        Assert.Equal(ErrorIds.ServerUnreachable, late.Id);
        Assert.IsType<TimeoutException>(late.InnerException!.InnerException);
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
            () => WireConnection.OpenAsync(server.Address with { SslMode = PostgresSslMode.Require }, "db", Options, Token));
        Assert.Equal(id, refused.Id.ToString());
    }
}
