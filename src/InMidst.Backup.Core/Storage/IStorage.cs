namespace InMidst.Backup.Core.Storage;

/// <summary>
/// The one way to the objects of a repository. What holds for every driver, and is proven by one conformance suite:
/// <list type="bullet">
/// <item>An object is invisible to every other call until <see cref="StorageUpload.CompleteAsync"/> has returned, then whole and durable.</item>
/// <item>After a failed or abandoned upload the name is as it was before.</item>
/// <item>A listing names each visible object exactly once, and nothing else (no unfinished uploads, no pointers).</item>
/// <item>What was completed before a call began is seen by that call (reads and listings are strongly consistent).</item>
/// <item>All failures are <see cref="StorageException"/>; cancellation is <see cref="OperationCanceledException"/>.</item>
/// <item>All members may be called from several threads at once.</item>
/// </list>
/// Names are relative, segments of <c>[A-Za-z0-9._%-]</c> separated by '/', no segment empty or with a '.' or
/// <see cref="StorageName.TemporarySuffix"/> at its end; anything else is refused with
/// <see cref="Errors.ErrorIds.InvalidArgument"/>. Names for which <see cref="StorageName.IsPointer"/> holds are for pointers
/// and refused for uploads. <see cref="StorageName"/> is where all this is decided.
/// </summary>
public interface IStorage
{
    /// <summary>What this storage is and can do.</summary>
    StorageProperties Properties { get; }

    /// <summary>Makes the root ready for writing (creates a directory). Doing it again is harmless.</summary>
    Task InitializeAsync(CancellationToken cancellationToken);

    /// <summary>Begins to write an object. The caller disposes the upload; without a completion that abandons it.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="mode">What happens when the name is taken at completion; where that is a failure it may come here already.</param>
    /// <param name="cancellationToken">Cancels the call, not the upload.</param>
    Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken);

    /// <summary>Opens an object, or a range of it, for sequential reading. The stream's failures are StorageExceptions.</summary>
    /// <param name="name">The object's name; <see cref="Errors.ErrorIds.ObjectNotFound"/> when there is none.</param>
    /// <param name="offset">First byte, from 0. Beyond the end the stream is empty.</param>
    /// <param name="length">Number of bytes, or null for all to the end. Fewer are returned when the object ends before.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken);

    /// <summary>The object's entry, or null when there is none.</summary>
    Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// All objects whose name starts with <paramref name="prefix"/>, at any depth, in ordinal order of name.
    /// <see cref="Errors.ErrorIds.RepositoryNotFound"/> when the root does not exist; that of an S3 prefix is its bucket.
    /// </summary>
    IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an object. Removing what is not there is no error.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Points a name for people at an object, atomically replacing what the name pointed at. Without
    /// <see cref="StorageProperties.SupportsPointers"/> it does nothing. A pointer is never listed and never found.
    /// </summary>
    /// <param name="name">The pointer's name, in the same prefix as its target.</param>
    /// <param name="target">The object's name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task SetPointerAsync(string name, string target, CancellationToken cancellationToken);

    /// <summary>Removes a pointer; no error when there is none. An object of that name is left alone.</summary>
    Task DeletePointerAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// What unfinished uploads left behind, for names that start with <paramref name="prefix"/>, in no particular order. Where a
    /// storage can tell that one is still being written (a file that is open) it is left out; others list the living too.
    /// </summary>
    IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes what one unfinished upload left behind. Visible objects are never touched; one that is gone is no error.</summary>
    /// <param name="upload">As <see cref="ListUnfinishedUploadsAsync"/> gave it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False when it was gone already, or is being written.</returns>
    Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken);
}
