namespace InMidst.Backup.Postgres.Copy;

/// <summary>
/// COPY … TO STDOUT as raw bytes on one connection: our own client's, or Npgsql's where the connection that knows the catalogue has to
/// read rows as well.
/// </summary>
public interface IBulkCopy
{
    /// <summary>
    /// Runs a COPY … TO STDOUT in text format. The stream gives its bytes, rows ending in newlines, and must be read to its end
    /// or disposed, which cancels the COPY. Failures are the client's own exceptions.
    /// </summary>
    /// <param name="command">The statement, as a byte string.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    Task<Stream> BeginCopyOutAsync(string command, CancellationToken cancellationToken);
}
