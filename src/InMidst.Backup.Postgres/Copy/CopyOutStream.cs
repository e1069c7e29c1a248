using InMidst.Backup.Core;
using Npgsql;

namespace InMidst.Backup.Postgres.Copy;

/// <summary>
/// The rows of a COPY … TO STDOUT. Disposed before its end it asks the server to stop; Npgsql alone would read all the rows that are
/// still to come first, hours of them.
/// </summary>
internal sealed class CopyOutStream(NpgsqlRawCopyStream rows) : SequentialReadStream
{
    private bool _ended;
    private bool _disposed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await rows.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _ended |= read == 0 && buffer.Length > 0;
        return read;
    }

    public override int Read(Span<byte> buffer)
    {
        int read = rows.Read(buffer);
        _ended |= read == 0 && buffer.Length > 0;
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (_ended)
                await rows.DisposeAsync().ConfigureAwait(false);
            else
                await StopAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
            throw new NotSupportedException("The rows of a COPY are disposed asynchronously.");
        base.Dispose(disposing);
    }

    private async Task StopAsync()
    {
        try
        {
            await rows.CancelAsync().ConfigureAwait(false);
            await rows.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The copy is being given up because something failed already; that failure is the one to report.
        }
    }
}
