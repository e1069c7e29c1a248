using System.Net.Sockets;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// The bytes of a socket for who has a thread of his own: every call waits in the system, and is done when it returns. Where .NET waits
/// for a socket each message that arrives costs a round through its event loop and the thread pool, from the first wait on and for good.
/// Only for a socket that was connected synchronously.
/// </summary>
internal sealed class BlockingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private static readonly TimeSpan LongestToNotice = TimeSpan.FromMilliseconds(50);

    /// <summary>Connects. Returns when that is done; a cancelled token ends the waiting.</summary>
    public static void Connect(Socket socket, System.Net.EndPoint endPoint, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(s => ((Socket)s!).Dispose(), socket);
        try
        {
            socket.Connect(endPoint);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (!Socket.Poll(LongestToNotice, SelectMode.SelectRead));
        try
        {
            return new ValueTask<int>(Socket.Receive(buffer.Span));
        }
        catch (SocketException e)
        {
            throw Failed(e);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                cancellationToken.ThrowIfCancellationRequested();
                buffer = buffer[Socket.Send(buffer.Span)..];
            }

            return default;
        }
        catch (SocketException e)
        {
            throw Failed(e);
        }
    }

    // As the other stream has it.
    private static IOException Failed(SocketException e) => new(e.Message, e);
}
