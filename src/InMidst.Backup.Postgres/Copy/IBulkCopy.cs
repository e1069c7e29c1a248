namespace InMidst.Backup.Postgres.Copy;

/// <summary>
/// COPY in and out as raw bytes on one connection. The seam behind which a faster client stands one day; nothing else in the
/// engine knows how bulk data travels.
/// </summary>
public interface IBulkCopy
{
    /// <summary>
    /// Runs a COPY … TO STDOUT in text format. The stream gives its bytes, rows ending in newlines, and must be read to its end
    /// or disposed, which cancels the COPY. Failures are the client's own exceptions.
    /// </summary>
    /// <param name="command">The statement, as a byte string.</param>
    /// <param name="cancellationToken">Cancels the start, and synchronous reads of the stream.</param>
    Task<Stream> BeginCopyOutAsync(string command, CancellationToken cancellationToken);

    /// <summary>Runs a COPY … FROM STDIN.</summary>
    /// <param name="command">The statement, as a byte string.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    Task<ICopyIn> BeginCopyInAsync(string command, CancellationToken cancellationToken);
}
