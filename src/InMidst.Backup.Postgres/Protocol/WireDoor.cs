using System.Net;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Makes the connections to one server, with TLS or without, up to where the log-in begins.</summary>
internal sealed class WireDoor(ServerAddress address)
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

    /// <summary>Connects once more to where the server was found.</summary>
    public async Task<WireLink> ConnectAsync(EndPoint endPoint, bool encrypted, CancellationToken cancellationToken) =>
        await EnterAsync(await WireEndPoint.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false), encrypted, cancellationToken).ConfigureAwait(false);

    /// <summary>Begins TLS where that is wanted. The stream belongs to the link, or is closed.</summary>
    public async Task<WireLink> EnterAsync(WireTransport transport, bool encrypted, CancellationToken cancellationToken)
    {
        if (!encrypted)
            return new WireLink(transport);
        try
        {
            return await new WireTls(address).UpgradeAsync(transport, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
