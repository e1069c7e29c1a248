using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// Messages in both directions (PostgreSQL documentation, "Streaming Replication Protocol"). One reader and one writer may work at once.
/// Each side ends its own direction; results follow when both have, such as the timeline on which the WAL goes on. Disposed earlier
/// it breaks the connection.
/// </summary>
internal sealed class CopyBoth : IAsyncDisposable
{
    private readonly WireSession _session;
    private readonly Action _leave;
    private IReadOnlyList<string?[]>? _rows;
    private bool _serverEnded;
    private bool _weEnded;

    /// <summary>Takes up a session that is copying both ways.</summary>
    internal CopyBoth(WireSession session, Action leave) => (_session, _leave) = (session, leave);

    /// <summary>Takes up what is over already: the server had nothing to send, and went on to the results.</summary>
    internal CopyBoth(WireSession session, IReadOnlyList<string?[]> rows, Action leave)
        : this(session, leave)
    {
        _rows = rows;
        (_serverEnded, _weEnded) = (true, true);
        leave();
    }

    /// <summary>Reads one message of the server.</summary>
    /// <returns>Its bytes, which stay until the next read; null when the server has ended its side.</returns>
    /// <exception cref="PostgresException">The server stopped with an error; the session goes on.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_serverEnded)
            return null;
        try
        {
            MessageHeader header = await _session.NextAsync(cancellationToken).ConfigureAwait(false);
            switch (header.Type)
            {
                case MessageType.CopyData:
                    return await _session.BodyAsync(header, cancellationToken).ConfigureAwait(false);
                case MessageType.CopyDone:
                    await _session.Reader.SkipBodyAsync(header, cancellationToken).ConfigureAwait(false);
                    _serverEnded = true;
                    return null;
                case MessageType.ErrorResponse:
                    (_serverEnded, _weEnded) = (true, true);
                    await FinishAsync(header, cancellationToken).ConfigureAwait(false);
                    return null;
                default:
                    throw WireFailure.Unexpected(header.Type, "among messages in both directions");
            }
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            _session.Link.Break(e);
            throw;
        }
    }

    /// <summary>Sends one message.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_weEnded, this);
        _session.Writer.Begin(MessageType.CopyData).Raw(message.Span).End();
        return _session.Writer.FlushAsync(cancellationToken);
    }

    /// <summary>Ends our side. The server's may go on for a while.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_weEnded)
            return;
        _weEnded = true;
        await _session.Writer.Begin(MessageType.CopyDone).End().FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends our side, passes over what the server still sends, and reads the results.</summary>
    /// <returns>Rows of the results; none where the server was stopped by us.</returns>
    public async Task<IReadOnlyList<string?[]>> CompleteAsync(CancellationToken cancellationToken)
    {
        await EndAsync(cancellationToken).ConfigureAwait(false);
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            // Nobody wants it.
        }

        if (_rows is null)
            await FinishAsync(first: null, cancellationToken).ConfigureAwait(false);
        return _rows ?? [];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_rows is null)
        {
            // As if cancelled: the server is still at work, and must be told.
            _session.Link.Break(new OperationCanceledException());
            _rows = [];
            _leave();
        }

        return ValueTask.CompletedTask;
    }

    private async Task FinishAsync(MessageHeader? first, CancellationToken cancellationToken)
    {
        try
        {
            StatementResults results = await _session.ReadResultsAsync(first, keepRows: true, cancellationToken).ConfigureAwait(false);
            _rows = results.Rows!;
            results.OrThrow();
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            _session.Link.Break(e);
            throw;
        }
        finally
        {
            _rows ??= [];
            _leave();
        }
    }
}
