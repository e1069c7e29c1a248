using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Makes the connections to one server, with TLS or without, up to where the log-in begins.</summary>
/// <param name="address">The server.</param>
/// <param name="blocks">Whether every call waits in the system.</param>
internal sealed class WireDoor(ServerAddress address, bool blocks = false)
{
    /// <summary>The server.</summary>
    public ServerAddress Address => address;

    /// <summary>Whether to try TLS first, and what to try when that fails: libpq's sslmode, which a Unix socket ignores.</summary>
    public (bool First, bool? Second) Encryption => address.SslMode switch
    {
        _ when address.IsUnixSocket => (false, null),
        PostgresSslMode.Disable => (false, null),
        PostgresSslMode.Allow => (false, true),
        PostgresSslMode.Prefer => (true, false),
        _ => (true, null),
    };

    /// <summary>Connects to where the server is found.</summary>
    public Task<(NetworkStream Stream, EndPoint EndPoint)> ReachAsync(CancellationToken cancellationToken) =>
        WireEndPoint.ReachAsync(address, blocks, cancellationToken);

    /// <summary>Connects once more to where the server was found.</summary>
    public async Task<WireLink> ConnectAsync(EndPoint endPoint, bool encrypted, CancellationToken cancellationToken) =>
        await EnterAsync(await WireEndPoint.ConnectAsync(endPoint, blocks, cancellationToken).ConfigureAwait(false), encrypted, cancellationToken).ConfigureAwait(false);

    /// <summary>Begins TLS where that is wanted. The stream belongs to the link, or is closed.</summary>
    public async Task<WireLink> EnterAsync(NetworkStream stream, bool encrypted, CancellationToken cancellationToken)
    {
        if (!encrypted)
            return new WireLink(stream);
        try
        {
            return await new WireTls(address).UpgradeAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
