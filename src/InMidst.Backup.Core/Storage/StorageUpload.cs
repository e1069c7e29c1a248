namespace InMidst.Backup.Core.Storage;

/// <summary>An object being written. Nothing of it is visible before <see cref="CompleteAsync"/>; disposing without that abandons it.</summary>
public abstract class StorageUpload : IAsyncDisposable
{
    /// <summary>The object's name.</summary>
    public abstract string Name { get; }

    /// <summary>Number of bytes written so far.</summary>
    public abstract long Length { get; }

    /// <summary>Appends bytes. The buffer may be reused when the task has ended.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Makes the object durable, checks that the storage has as many bytes as were written, and makes it visible.</summary>
    public abstract Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gives the upload up as disposing does; but where it was begun with <see cref="PutMode.Resume"/> and the storage can, it leaves what
    /// it has for a later one. Never throws for what the storage does then.
    /// </summary>
    /// <returns>Bytes that a later upload need not send again.</returns>
    public virtual async ValueTask<long> SuspendAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        return 0;
    }

    /// <summary>Abandons the upload unless it was completed. Never throws for what the storage does then.</summary>
    public abstract ValueTask DisposeAsync();
}
