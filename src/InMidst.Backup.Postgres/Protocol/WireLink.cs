using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// The bytes of one connection. Remembers that it broke, and why: a read or write that failed, ended early or was cancelled leaves half
/// a message behind, so nothing can follow. One reader and one writer may work at once.
/// </summary>
internal sealed class WireLink(Stream stream, bool isEncrypted = false, byte[]? endPointBinding = null) : IAsyncDisposable
{
    private volatile Exception? _cause;

    /// <summary>Whether TLS protects it.</summary>
    public bool IsEncrypted => isEncrypted;

    /// <summary>What a log-in can be bound to (tls-server-end-point, RFC 5929), or null.</summary>
    public byte[]? EndPointBinding => endPointBinding;

    /// <summary>Whether nothing can be sent or received any more.</summary>
    public bool IsBroken => _cause is not null;

    /// <summary>Whether we broke it ourselves, so that the server may still be at work.</summary>
    public bool WasAbandoned => _cause is OperationCanceledException;

    /// <summary>Reads what is there, at least one byte.</summary>
    /// <exception cref="NpgsqlException">The connection is broken.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ThrowIfBroken(cancellationToken);
        try
        {
            int read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return read > 0 ? read : throw new EndOfStreamException("The server closed the connection.");
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
    }

    /// <summary>Sends bytes.</summary>
    /// <exception cref="NpgsqlException">The connection is broken.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfBroken(cancellationToken);
        try
        {
            await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
    }

    /// <summary>Gives the connection up, for the first reason that is given.</summary>
    public void Break(Exception cause) => Interlocked.CompareExchange(ref _cause, cause, null);

    /// <summary>Closes the connection; who is still waiting for it fails.</summary>
    public async ValueTask DisposeAsync()
    {
        Break(new ObjectDisposedException(nameof(WireConnection)));
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // TLS says goodbye, to somebody who may be gone.
        }
    }

    /// <summary>Fails when the connection broke before.</summary>
    public void ThrowIfBroken(CancellationToken cancellationToken = default)
    {
        // Reader and writer are cancelled together, and the first to notice breaks it for the other.
        if (IsBroken)
            cancellationToken.ThrowIfCancellationRequested();
        if (_cause is { } cause)
            throw WireFailure.Lost(cause is OperationCanceledException ? new IOException("It was given up when an operation was cancelled.") : Root(cause));
    }

    private Exception Failed(Exception e)
    {
        Exception failure = e is IOException or SocketException or ObjectDisposedException ? WireFailure.Lost(e) : e;
        Break(failure);
        return failure;
    }

    private static Exception Root(Exception cause) => cause is NpgsqlException { InnerException: { } inner } ? inner : cause;
}
