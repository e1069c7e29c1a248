using Npgsql;

namespace InMidst.Backup.Postgres.Copy;

/// <summary>COPY through Npgsql, on a connection that the caller owns.</summary>
public sealed class NpgsqlBulkCopy : IBulkCopy
{
    private readonly NpgsqlConnection _connection;

    internal NpgsqlBulkCopy(NpgsqlConnection connection) => _connection = connection;

    /// <inheritdoc/>
    public async Task<Stream> BeginCopyOutAsync(string command, CancellationToken cancellationToken)
    {
        // The reader would decode characters; its base stream is the bytes as the server sent them.
        TextReader reader = await _connection.BeginTextExportAsync(command, cancellationToken).ConfigureAwait(false);
        return new CopyOutStream((NpgsqlRawCopyStream)((StreamReader)reader).BaseStream);
    }

    /// <inheritdoc/>
    public async Task<ICopyIn> BeginCopyInAsync(string command, CancellationToken cancellationToken)
    {
        NpgsqlCopyTextWriter writer = await _connection.BeginTextImportAsync(command, cancellationToken).ConfigureAwait(false);
        return new CopyIn(writer);
    }

    private sealed class CopyIn(NpgsqlCopyTextWriter writer) : ICopyIn
    {
        private bool _ended;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            writer.BaseStream.WriteAsync(data, cancellationToken);

        public async Task CompleteAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _ended = true;
            await writer.DisposeAsync().ConfigureAwait(false);
        }

        public async ValueTask DisposeAsync()
        {
            if (_ended)
                return;
            _ended = true;
            try
            {
                await writer.CancelAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The copy is being given up because something failed already; that failure is the one to report.
            }
        }
    }
}
