using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>Servers that can hardly be reached, with both ways of waiting.</summary>
public sealed class WireReachTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("midst-reach-");
    private readonly List<Socket> _sockets = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_nobody_takes_connections_the_time_to_connect_and_a_cancelled_token_end_the_waiting(bool hasOwnThread)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems refuse what does not fit into the queue.");
        Socket listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        while (true)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            try
            {
                await Socket(AddressFamily.InterNetwork, ProtocolType.Tcp).ConnectAsync(listener.LocalEndPoint, soon.Token);
            }
            catch (OperationCanceledException)
            {
                break; // The queue is full.
            }
        }

        ServerAddress address = new() { Host = "127.0.0.1", Port = port, UserName = "u", Database = "db", ConnectTimeout = TimeSpan.FromMilliseconds(100) };
        BackupException late = await Assert.ThrowsAsync<BackupException>(() => OpenAsync(address, hasOwnThread, Token));
        Assert.Equal(ErrorIds.ServerUnreachable, late.Id);
        Assert.IsType<TimeoutException>(late.InnerException!.InnerException);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OpenAsync(address with { ConnectTimeout = TimeSpan.Zero }, hasOwnThread, stop.Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Unix_socket_that_nobody_takes_connections_from_is_given_up(bool hasOwnThread)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems refuse what does not fit into the queue.");
        var endPoint = new UnixDomainSocketEndPoint(Path.Combine(_directory.FullName, ".s.PGSQL.5432"));
        Listen(endPoint);
        SocketException? full = null;
        while (full is null)
        {
            Socket socket = Socket(AddressFamily.Unix, ProtocolType.Unspecified);
            socket.Blocking = false;
            full = (SocketException?)Record.Exception(() => socket.Connect(endPoint));
        }

        // Without a limit, which would hide a wait without end.
        ServerAddress address = new() { Host = _directory.FullName, Port = 5432, UserName = "u", Database = "db", ConnectTimeout = TimeSpan.Zero };
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => OpenAsync(address, hasOwnThread, Token).WaitAsync(TimeSpan.FromSeconds(10), Token));
        Assert.Equal(ErrorIds.ServerUnreachable, refused.Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_that_is_cancelled_while_the_connection_is_made_gives_a_connection_or_a_cancellation(bool hasOwnThread)
    {
        Socket listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Task accepting = Task.Run(
            async () =>
            {
                while (true)
                    (await listener.AcceptAsync(Token)).Dispose();
            },
            Token);
        for (int round = 0; round < 2000; round++)
        {
            using var stop = new CancellationTokenSource();
            int spins = round % 200 * 20;
            Task cancelling = Task.Run(
                () =>
                {
                    Thread.SpinWait(spins);
                    stop.Cancel();
                },
                Token);
            try
            {
                await using NetworkStream stream = await WireEndPoint.ConnectAsync(listener.LocalEndPoint!, hasOwnThread, stop.Token);
                await cancelling;
                Assert.False(stream.Socket.SafeHandle.IsClosed);
            }
            catch (OperationCanceledException)
            {
                await cancelling;
            }
        }

        listener.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => accepting);
    }

    private static async Task OpenAsync(ServerAddress address, bool hasOwnThread, CancellationToken cancellationToken) =>
        await (await WireConnection.OpenAsync(address, "db", new WireOptions { HasOwnThread = hasOwnThread }, cancellationToken)).DisposeAsync();

    private Socket Listen(EndPoint endPoint)
    {
        Socket listener = Socket(endPoint.AddressFamily, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen(1);
        return listener;
    }

    private Socket Socket(AddressFamily family, ProtocolType protocol)
    {
        var socket = new Socket(family, SocketType.Stream, protocol);
        _sockets.Add(socket);
        return socket;
    }
}
