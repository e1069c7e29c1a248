using System.Text;
using InMidst.Backup.Postgres.Copy;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>The conversation on one connection, below the single operations: what may come at any time, and results up to their end.</summary>
internal sealed class WireSession(WireLink link)
{
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);

    /// <summary>The connection.</summary>
    public WireLink Link => link;

    /// <summary>What the server sends.</summary>
    public MessageReader Reader { get; } = new(link);

    /// <summary>What we send.</summary>
    public MessageWriter Writer { get; } = new(link);

    /// <summary>Whether every call waits in the system, as <see cref="WireOptions.HasOwnThread"/> has it.</summary>
    public bool HasOwnThread { get; init; }

    /// <summary>Whether the server has let us in; before, its messages must be short.</summary>
    public bool IsLoggedIn { get; set; }

    /// <summary>The server process that serves the session; 0 where a pooler names none.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The secret that a request to cancel must show.</summary>
    public ReadOnlyMemory<byte> CancelKey { get; private set; }

    /// <summary>A setting that the server reports by itself, such as server_version; null for the others.</summary>
    public string? Parameter(string name)
    {
        lock (_parameters)
            return _parameters.GetValueOrDefault(name);
    }

    /// <summary>Starts what goes on at the same time as an operation: on one more thread, where every call waits in the system.</summary>
    public Task StartBeside(Func<Task> work) => HasOwnThread ? DedicatedThread.RunAsync(() => DedicatedThread.Wait(new ValueTask(work()))) : work();

    /// <inheritdoc cref="StartBeside(Func{Task})"/>
    public Task<T> StartBeside<T>(Func<Task<T>> work) => HasOwnThread ? DedicatedThread.RunAsync(() => DedicatedThread.Wait(work())) : work();

    /// <summary>Reads up to the next message that belongs to an operation.</summary>
    public async ValueTask<MessageHeader> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            MessageHeader header = await Reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
            switch (header.Type)
            {
                case MessageType.NoticeResponse or MessageType.NotificationResponse:
                    await Reader.SkipBodyAsync(header, cancellationToken).ConfigureAwait(false);
                    break;
                case MessageType.ParameterStatus:
                    Note(await BodyAsync(header, cancellationToken).ConfigureAwait(false));
                    break;
                default:
                    return header;
            }
        }
    }

    /// <summary>Reads the body of a message that must be small.</summary>
    public ValueTask<ReadOnlyMemory<byte>> BodyAsync(MessageHeader header, CancellationToken cancellationToken) =>
        Reader.ReadBodyAsync(header, IsLoggedIn ? MessageReader.Largest : MessageReader.LargestAtLogin, cancellationToken);

    /// <summary>Reads results until the server is ready for the next query.</summary>
    /// <param name="first">A message of them whose header was read already.</param>
    /// <param name="keepRows">Whether the rows are wanted.</param>
    /// <param name="cancellationToken">Gives the connection up.</param>
    /// <returns>The results, and the error if the server reported one that did not end the session.</returns>
    /// <exception cref="PostgresException">The server ended the session.</exception>
    public async Task<StatementResults> ReadResultsAsync(MessageHeader? first, bool keepRows, CancellationToken cancellationToken)
    {
        var results = new StatementResults(keepRows);
        try
        {
            MessageHeader header = first ?? await NextAsync(cancellationToken).ConfigureAwait(false);
            while (header.Type != MessageType.ReadyForQuery)
            {
                await ReadResultAsync(header, results, cancellationToken).ConfigureAwait(false);
                header = await NextAsync(cancellationToken).ConfigureAwait(false);
            }

            await Reader.SkipBodyAsync(header, cancellationToken).ConfigureAwait(false);
            return results;
        }
        catch (NpgsqlException e) when (e is not PostgresException && results.Error is not null)
        {
            // It said why before it closed the connection.
            Link.Break(e);
            throw results.Error;
        }
    }

    /// <summary>Reads an error; one that ends the session breaks the connection.</summary>
    public async ValueTask<PostgresException> ReadErrorAsync(MessageHeader header, CancellationToken cancellationToken)
    {
        PostgresException error = ErrorFields.Read((await BodyAsync(header, cancellationToken).ConfigureAwait(false)).Span);
        if (ErrorFields.EndsSession(error))
            Link.Break(error);
        return error;
    }

    /// <summary>Takes the key that cancels (BackendKeyData: 4 bytes up to protocol 3.0, up to 256 since 3.2).</summary>
    public void NoteKey(ReadOnlySpan<byte> message)
    {
        var body = new MessageBody(message);
        ProcessId = body.ReadInt32();
        CancelKey = body.Rest.Length is >= 4 and <= 256 ? body.Rest.ToArray() : throw WireFailure.Violation("The key to cancel queries has no length of a key.");
    }

    private async ValueTask ReadResultAsync(MessageHeader header, StatementResults results, CancellationToken cancellationToken)
    {
        switch (header.Type)
        {
            case MessageType.ErrorResponse:
                PostgresException error = await ReadErrorAsync(header, cancellationToken).ConfigureAwait(false);
                results.Error ??= error;
                if (Link.IsBroken)
                    throw results.Error;
                break;
            case MessageType.CommandComplete:
                results.Complete((await BodyAsync(header, cancellationToken).ConfigureAwait(false)).Span);
                break;
            case MessageType.DataRow when results.Rows is not null:
                results.AddRow((await BodyAsync(header, cancellationToken).ConfigureAwait(false)).Span);
                break;
            case MessageType.DataRow or MessageType.RowDescription or MessageType.EmptyQueryResponse
                or MessageType.CopyOutResponse or MessageType.CopyData or MessageType.CopyDone:
                await Reader.SkipBodyAsync(header, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw WireFailure.Unexpected(header.Type, "among the results of a statement");
        }
    }

    private void Note(ReadOnlyMemory<byte> message)
    {
        var body = new MessageBody(message.Span);
        string name = body.ReadString(Encoding.Latin1);
        string value = body.ReadString(Encoding.Latin1);
        lock (_parameters)
            _parameters[name] = value;
    }
}
