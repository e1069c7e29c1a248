using System.Buffers.Binary;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// A COPY … FROM STDIN under way. The server's messages are read all the while: a server that cannot get rid of its notices would stop
/// taking rows, and one that refuses a row says so long before the last is sent.
/// </summary>
internal sealed class WireCopyIn : IAsyncDisposable
{
    private const int ChunkSize = 256 * 1024;

    private readonly WireSession _session;
    private readonly TimeSpan _timeToStop;
    private readonly Action _leave;
    private readonly Task<StatementResults> _answer;
    private readonly byte[] _chunk = GC.AllocateUninitializedArray<byte>(ChunkSize);
    private int _length = MessageReader.HeaderSize;
    private bool _ended;

    internal WireCopyIn(WireSession session, TimeSpan timeToStop, Action leave)
    {
        (_session, _timeToStop, _leave) = (session, timeToStop, leave);
        _answer = session.StartBeside(() => session.ReadResultsAsync(first: null, keepRows: false, CancellationToken.None));
    }

    /// <summary>Sends bytes of COPY data, without an end-of-data line. The buffer may be reused afterwards.</summary>
    /// <exception cref="PostgresException">The server refused a row that was sent before.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        while (data.Length > 0)
        {
            int part = Math.Min(data.Length, ChunkSize - _length);
            data.Span[..part].CopyTo(_chunk.AsSpan(_length));
            _length += part;
            data = data[part..];
            if (_length == ChunkSize)
                await SendChunkAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the data and waits until the server has taken it.</summary>
    /// <returns>Rows that the server counted.</returns>
    public async Task<long> CompleteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (_length > MessageReader.HeaderSize)
            await SendChunkAsync(cancellationToken).ConfigureAwait(false);
        await SendAsync(() => _session.Writer.Begin(MessageType.CopyDone).End().FlushAsync(cancellationToken)).ConfigureAwait(false);
        return (await EndAsync(cancellationToken).ConfigureAwait(false)).RowCount;
    }

    /// <summary>Without <see cref="CompleteAsync"/> before it the server discards the rows.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended)
            return;
        try
        {
            // On a broken connection there is nobody to tell, and no answer to wait for.
            if (!_session.Link.IsBroken || _answer.IsCompleted)
                await GiveUpAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            // The copy is being given up because something failed already; that failure is the one to report.
        }
        finally
        {
            End();
        }
    }

    private async Task GiveUpAsync()
    {
        using var limit = new CancellationTokenSource(_timeToStop);
        if (!_answer.IsCompleted)
        {
            _session.Writer.Begin(MessageType.CopyFail).ByteText("given up").End();
            await _session.Writer.FlushAsync(limit.Token).ConfigureAwait(false);
        }

        await EndAsync(limit.Token).ConfigureAwait(false);
    }

    private async ValueTask SendChunkAsync(CancellationToken cancellationToken)
    {
        _chunk[0] = MessageType.CopyData;
        BinaryPrimitives.WriteInt32BigEndian(_chunk.AsSpan(1), _length - 1);
        int length = _length;
        _length = MessageReader.HeaderSize;
        await SendAsync(() => _session.Link.WriteAsync(_chunk.AsMemory(0, length), cancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask SendAsync(Func<ValueTask> send)
    {
        if (_answer.IsCompleted)
            await RefusedAsync().ConfigureAwait(false);
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // What the server said before it closed the connection is worth more than that it did.
            await ((Task)_answer).WaitAsync(_timeToStop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_answer.IsCompleted)
                await RefusedAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task RefusedAsync()
    {
        await EndAsync(CancellationToken.None).ConfigureAwait(false);
        NpgsqlException early = WireFailure.Violation("The server ended a COPY before it had all rows.");
        _session.Link.Break(early);
        throw early;
    }

    private async Task<StatementResults> EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await _answer.WaitAsync(cancellationToken).ConfigureAwait(false)).OrThrow();
        }
        catch (Exception e) when (e is not PostgresException)
        {
            _session.Link.Break(e);
            throw;
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        if (_ended)
            return;
        _ended = true;
        _leave();
    }
}
