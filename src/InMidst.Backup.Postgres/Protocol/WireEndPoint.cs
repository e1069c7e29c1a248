using System.Globalization;
using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Where a server listens, and how a socket to it is set up.</summary>
internal static class WireEndPoint
{
    private const int SecondsToKeepAlive = 60;

    /// <summary>Connects to the first of the addresses of a server that takes the connection.</summary>
    /// <returns>The connection, and where it leads.</returns>
    public static async Task<(NetworkStream Stream, EndPoint EndPoint)> ReachAsync(ServerAddress address, bool blocks, CancellationToken cancellationToken)
    {
        EndPoint[] endPoints = await FindAsync(address, blocks, cancellationToken).ConfigureAwait(false);
        for (int index = 0; ; index++)
        {
            bool isLast = index == endPoints.Length - 1;
            using var share = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // An address that swallows what is sent to it must leave time for the others.
            if (!isLast && address.ConnectTimeout > TimeSpan.Zero)
                share.CancelAfter(address.ConnectTimeout / endPoints.Length);
            try
            {
                return (await ConnectAsync(endPoints[index], blocks, share.Token).ConfigureAwait(false), endPoints[index]);
            }
            catch (Exception e) when (!isLast && !cancellationToken.IsCancellationRequested && (e is SocketException or OperationCanceledException))
            {
                // The next one.
            }
        }
    }

    private static async Task<EndPoint[]> FindAsync(ServerAddress address, bool blocks, CancellationToken cancellationToken)
    {
        if (address.IsUnixSocket)
        {
            // Linux's abstract names begin with a zero byte, which libpq spells as @.
            string path = string.Create(CultureInfo.InvariantCulture, $"{address.Host.TrimEnd('/')}/.s.PGSQL.{address.Port}");
            return [new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path)];
        }

        string host = address.HostAddress ?? address.Host;
        IPAddress[] found = IPAddress.TryParse(host, out IPAddress? literal)
            ? [literal]
            : blocks ? DedicatedThread.Wait(Dns.GetHostAddressesAsync(host, cancellationToken))
            : await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        return found.Length > 0 ? [.. found.Select(ip => new IPEndPoint(ip, address.Port))] : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>Connects to one address.</summary>
    public static async Task<NetworkStream> ConnectAsync(EndPoint endPoint, bool blocks, CancellationToken cancellationToken)
    {
        bool isTcp = endPoint is IPEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, isTcp ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (isTcp)
            {
                socket.NoDelay = true;
                // A session may say nothing for hours, and firewalls forget a silent connection within minutes.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SecondsToKeepAlive);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, SecondsToKeepAlive);
            }

            if (blocks)
            {
                BlockingStream.Connect(socket, endPoint, cancellationToken);
                return new BlockingStream(socket);
            }

            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
