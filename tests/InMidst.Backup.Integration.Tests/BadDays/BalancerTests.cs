using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Something between us and the server leads later connections to another one.</summary>
[Collection(nameof(OwnServer))]
public sealed class BalancerTests(PostgresFixture fixture, OwnServer own)
{
    private const string Tables = "CREATE TABLE a AS SELECT 1 AS i; CREATE TABLE b AS SELECT 2 AS i";
    private const string Role = "balanced";
    private const string Password = "balanced-password";

    [Fact]
    public async Task Rows_are_not_read_from_two_servers()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Tables);
        using BackupScene other = await BackupScene.CreateAsync(own.Server, Tables, scene.Database);
        foreach (BackupScene each in (BackupScene[])[scene, other])
            await each.Server.PsqlAsync(each.Database, $"CREATE ROLE {Role} SUPERUSER LOGIN PASSWORD '{Password}'");
        string sign = Path.Combine(scene.Sub("signs"), "done");
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", $"{programs.Call("pg_dump")}; code=$?; touch '{sign}'; exit $code");

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task balancing = BalanceAsync(listener, () => File.Exists(sign) ? own.Server.Port : fixture.Server.Port);
        BackupException failure = await scene.FailsAsync(ErrorIds.ServersDiffer, scene.Options with
        {
            BinDirectories = programs.Directories,
            Address = scene.Address with
            {
                Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, UserName = Role, Password = Password, SslMode = PostgresSslMode.Disable,
            },
        });
        Assert.Contains("different servers", failure.Message);
        Assert.Contains(scene.Database, failure.Message);
        listener.Stop();
        await Assert.ThrowsAnyAsync<SocketException>(() => balancing);
        await scene.NobodyIsLeftAsync();
        await fixture.Server.PsqlAsync("postgres", $"DROP ROLE {Role}");
        await own.Server.PsqlAsync("postgres", $"DROP ROLE {Role}");
    }

    private static async Task BalanceAsync(TcpListener listener, Func<int> port)
    {
        while (true)
        {
            TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            _ = PassAsync(client, port());
        }
    }

    private static async Task PassAsync(TcpClient client, int port)
    {
        using (client)
        {
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(client.GetStream()));
        }
    }
}
