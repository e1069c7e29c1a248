using System.Runtime.CompilerServices;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// The rows of a COPY … TO STDOUT. Disposed before its end it has the server stop, so that the session can go on; where that does not
/// succeed the connection is broken.
/// </summary>
/// <param name="session">The session, in the middle of the COPY.</param>
/// <param name="stop">Makes the server give up the COPY and reads what is left of it.</param>
/// <param name="leave">Tells that the session is free again.</param>
internal sealed class WireCopyOut(WireSession session, Func<Task> stop, Action leave) : SequentialReadStream
{
    private bool _ended;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        MessageReader reader = session.Reader;
        try
        {
            while (!_ended && buffer.Length > 0)
            {
                int copied = reader.TakeCopyData(buffer.Span);
                if (copied > 0)
                    return copied;
                if (reader.IsWorthReadingDirectly(buffer.Length))
                    return await reader.ReadCopyDataAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (reader.IsAtOtherMessage)
                    await ReadOtherAsync(cancellationToken).ConfigureAwait(false);
                else
                    await reader.FillAsync(cancellationToken).ConfigureAwait(false);
            }

            return 0;
        }
        catch (Exception e) when (e is not PostgresException)
        {
            session.Link.Break(e);
            throw;
        }
    }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("The rows of a COPY are read asynchronously.");

    public override async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            try
            {
                if (!session.Link.IsBroken)
                    await stop().ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or BackupException || PostgresErrors.IsServerFailure(e, CancellationToken.None))
            {
                // The copy is being given up because something failed already; that failure is the one to report.
                session.Link.Break(e);
            }
            finally
            {
                End();
            }
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_ended)
            throw new NotSupportedException("The rows of a COPY are disposed asynchronously.");
        base.Dispose(disposing);
    }

    private async ValueTask ReadOtherAsync(CancellationToken cancellationToken)
    {
        // The first of them may be a notice, after which rows go on.
        MessageHeader header = await session.NextAsync(cancellationToken).ConfigureAwait(false);
        switch (header.Type)
        {
            case MessageType.CopyData:
                session.Reader.EnterCopyData(header);
                break;
            case MessageType.CopyDone or MessageType.ErrorResponse:
                StatementResults results;
                try
                {
                    results = await session.ReadResultsAsync(header, keepRows: false, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    End();
                }

                results.OrThrow();
                break;
            default:
                throw WireFailure.Unexpected(header.Type, "among the rows of a COPY");
        }
    }

    private void End()
    {
        _ended = true;
        leave();
    }
}
