using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Storage;

/// <summary>Small objects in one go (manifests, annotations, locks), and what every driver does in the same way.</summary>
public static class StorageExtensions
{
    /// <summary>Writes a whole object. Guarantees and errors are those of <see cref="StorageUpload.CompleteAsync"/>.</summary>
    /// <param name="storage">Where to.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="content">All its bytes.</param>
    /// <param name="mode">What happens when the name is taken.</param>
    /// <param name="cancellationToken">Cancels; the name is then as it was before, or the object is there whole.</param>
    public static async Task<StorageEntry> PutAsync(
        this IStorage storage, string name, ReadOnlyMemory<byte> content, PutMode mode, CancellationToken cancellationToken)
    {
        StorageUpload upload = await storage.BeginPutAsync(name, mode, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            if (!content.IsEmpty)
                await upload.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            return await upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Removes what unfinished uploads left behind when their process died, for names that start with
    /// <paramref name="prefix"/>. The caller holds the lock that writers of such names hold.
    /// </summary>
    /// <returns>How many were removed.</returns>
    public static Task<int> RemoveAbandonedUploadsAsync(this IStorage storage, string prefix, CancellationToken cancellationToken) =>
        storage.RemoveAbandonedUploadsAsync(prefix, new HashSet<string>(), cancellationToken);

    /// <summary>As the other, but for the names that are about to be written with <see cref="PutMode.Resume"/>.</summary>
    internal static async Task<int> RemoveAbandonedUploadsAsync(
        this IStorage storage, string prefix, IReadOnlySet<string> resumed, CancellationToken cancellationToken)
    {
        var found = new List<UnfinishedUpload>();
        await foreach (UnfinishedUpload upload in storage.ListUnfinishedUploadsAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (!resumed.Contains(upload.Name))
                found.Add(upload);
        }

        int removed = 0;
        foreach (UnfinishedUpload upload in found)
            removed += await storage.RemoveUnfinishedUploadAsync(upload, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        return removed;
    }

    /// <summary>
    /// Looks beside an object that can be read for one that need not be there. Who has no right to list a bucket is refused by S3 what is
    /// not there: that counts as not there, and is told.
    /// </summary>
    /// <param name="storage">Where to look.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="refused">Told that access was refused; null where it is of no interest.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal static async Task<StorageEntry?> FindBesideAsync(
        this IStorage storage, string name, Action<StorageException>? refused, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.FindAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.Id == ErrorIds.RepositoryAccessDenied)
        {
            refused?.Invoke(exception);
            return null;
        }
    }

    /// <summary>The upload as a stream that is only written, asynchronously; disposing it does nothing.</summary>
    public static Stream AsStream(this StorageUpload upload) => new UploadStream(upload);

    /// <summary>Reads a whole object that is known to be small.</summary>
    /// <param name="storage">Where from.</param>
    /// <param name="name">The object's name; <see cref="ErrorIds.ObjectNotFound"/> when there is none.</param>
    /// <param name="maxLength">Bytes that are read at most; a longer object is <see cref="ErrorIds.BackupCorrupt"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<byte[]> ReadAllBytesAsync(
        this IStorage storage, string name, int maxLength, CancellationToken cancellationToken)
    {
        Stream stream = await storage.OpenReadAsync(name, 0, maxLength + 1L, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var content = new MemoryStream();
            await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
            if (content.Length > maxLength)
            {
                throw new StorageException(
                    ErrorIds.BackupCorrupt, $"'{name}' is larger than the {maxLength} bytes such an object can have.",
                    isPermanent: true, target: name);
            }

            return content.ToArray();
        }
    }

    private sealed class UploadStream(StorageUpload upload) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            upload.WriteAsync(buffer, cancellationToken);
    }
}
