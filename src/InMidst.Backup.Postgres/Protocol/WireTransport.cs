using System.Net.Sockets;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// The bytes of a socket. Who reads synchronously waits in the system for them; .NET, which makes a socket non-blocking for good when it
/// is first used asynchronously, would wait by way of its event loop and the thread pool.
/// </summary>
internal sealed class WireTransport(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private static readonly TimeSpan LongestToNotice = TimeSpan.FromMilliseconds(50);

    /// <summary>Ends synchronous reads that wait.</summary>
    public CancellationToken Stop { get; set; }

    public override int Read(Span<byte> buffer)
    {
        do
        {
            Stop.ThrowIfCancellationRequested();
        }
        while (!Socket.Poll(LongestToNotice, SelectMode.SelectRead));
        try
        {
            return Socket.Receive(buffer);
        }
        catch (SocketException e)
        {
            // As the asynchronous reads have it.
            throw new IOException(e.Message, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
