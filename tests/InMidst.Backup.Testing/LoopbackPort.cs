using System.Net;
using System.Net.Sockets;

namespace InMidst.Backup.Testing;

/// <summary>Ports of 127.0.0.1 for servers that come back on the same one.</summary>
internal static class LoopbackPort
{
    // Below the ports that Linux gives to outgoing connections: a killed server finds its port free when it comes back.
    private const int Lowest = 12000, Limit = 32000;

    /// <summary>A port nobody listens on.</summary>
    public static int FindFree()
    {
        while (true)
        {
            int port = Random.Shared.Next(Lowest, Limit);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; the next number.
            }
        }
    }
}
