namespace InMidst.Backup.Postgres.Copy;

/// <summary>A COPY FROM STDIN under way. Disposing without <see cref="CompleteAsync"/> makes the server discard it.</summary>
public interface ICopyIn : IAsyncDisposable
{
    /// <summary>Sends bytes of COPY data, without an end-of-data line. The buffer may be reused afterwards.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Ends the data and waits until the server has taken it.</summary>
    Task CompleteAsync(CancellationToken cancellationToken);
}
