using System.Net;
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

    /// <summary>Connects. Returns when that is done; a cancelled token ends the waiting, and the socket.</summary>
    /// <exception cref="SocketException">Nobody listens, or does not answer; a Unix socket's queue is full.</exception>
    public static void Connect(Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        // Who waits for room in the queue of a Unix socket is not woken when his own socket is closed.
        bool isUnix = endPoint is UnixDomainSocketEndPoint;
        if (isUnix)
            socket.SendTimeout = (int)LongestToNotice.TotalMilliseconds;
        WaitOrClose(socket, () => socket.Connect(endPoint), cancellationToken);
        if (isUnix)
            socket.SendTimeout = 0;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            while (!Socket.Poll(LongestToNotice, SelectMode.SelectRead));
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
            WaitOrClose(Socket, () => Send(buffer), cancellationToken);
            return default;
        }
        catch (SocketException e)
        {
            throw Failed(e);
        }
    }

    /// <summary>
    /// Runs what the system may hold for as long as it likes, when the other side takes nothing. Only closing the socket ends that, so
    /// a cancelled token does it; half a message would have ended the connection anyway.
    /// </summary>
    private static void WaitOrClose(Socket socket, Action wait, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using CancellationTokenRegistration giveUp = cancellationToken.UnsafeRegister(s => ((Socket)s!).Dispose(), socket);
            wait();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }

        // Cancelled at the last moment it was done, and closed all the same.
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Send(ReadOnlyMemory<byte> buffer)
    {
        while (!buffer.IsEmpty)
            buffer = buffer[Socket.Send(buffer.Span)..];
    }

    // As the other stream has it.
    private static IOException Failed(SocketException e) => new(e.Message, e);
}
