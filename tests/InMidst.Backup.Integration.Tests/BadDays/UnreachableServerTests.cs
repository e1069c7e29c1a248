using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The server is not there, or does not let us in.</summary>
public sealed class UnreachableServerTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Nothing_listens_on_the_port()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await FailsAsync(scene, scene.Address with { Host = "127.0.0.1", Port = port }, ErrorIds.ServerUnreachable, $"127.0.0.1:{port}");
    }

    [Fact]
    public async Task The_socket_directory_is_wrong()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        await FailsAsync(scene, scene.Address with { Host = "/nonexistent" }, ErrorIds.ServerUnreachable, "/nonexistent");
    }

    [Fact]
    public async Task The_host_name_cannot_be_resolved()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        await FailsAsync(scene, scene.Address with { Host = "no-such-host.invalid" }, ErrorIds.ServerUnreachable, "no-such-host.invalid");
    }

    [Fact]
    public async Task The_password_is_wrong()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        ServerAddress address = scene.Address with { Password = "not-" + scene.Address.Password };
        await FailsAsync(scene, address, ErrorIds.AuthenticationFailed, address.ToString());
    }

    [Fact]
    public async Task There_is_no_password()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        await FailsAsync(scene, scene.Address with { Password = null }, ErrorIds.AuthenticationFailed, scene.Address.ToString());
    }

    [Fact]
    public async Task The_role_is_unknown()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        await FailsAsync(scene, scene.Address with { UserName = "nobody_knows_me" }, ErrorIds.AuthenticationFailed, "nobody_knows_me@");
    }

    [Fact]
    public async Task The_database_is_unknown()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        BackupException failure = await scene.FailsAsync(ErrorIds.DatabaseNotFound, scene.Options with { Database = "nowhere" });
        Assert.Contains("nowhere", failure.Message);
        Assert.Contains(scene.Address.ToString(), failure.Message);
        Assert.False(Directory.Exists(scene.Root), "A repository was made for nothing.");
    }

    private static async Task FailsAsync(BackupScene scene, ServerAddress address, ErrorId id, string named)
    {
        BackupException failure = await scene.FailsAsync(id, scene.Options with { Address = address });
        Assert.Contains(named, failure.Message);
        Assert.False(Directory.Exists(scene.Root), "A repository was made for nothing.");
    }
}
