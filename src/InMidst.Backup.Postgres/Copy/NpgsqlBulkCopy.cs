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
}
