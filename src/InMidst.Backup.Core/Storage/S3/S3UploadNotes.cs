using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>The notes of uploads that can be taken over, one for a name. What they are called is no object's name, so nobody else sees them.</summary>
internal sealed class S3UploadNotes(S3Bucket bucket)
{
    private const string Prefix = S3ObjectProperties.OwnPrefix + "uploads/";
    private const int MaximumLength = 64 * 1024;

    /// <summary>The note of a name; null when there is none that can be read.</summary>
    internal async Task<S3UploadNote?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            Stream stream = await S3ReadStream.OpenAsync(bucket, NoteOf(name), 0, MaximumLength, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var content = new MemoryStream();
                await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
                return S3UploadNote.TryParse(content.ToArray());
            }
        }
        catch (StorageException exception) when (exception.Id == ErrorIds.ObjectNotFound)
        {
            return null;
        }
    }

    /// <summary>Writes it anew.</summary>
    internal async Task WriteAsync(string name, S3UploadNote note, CancellationToken cancellationToken)
    {
        var upload = new S3Upload(bucket, NoteOf(name), PutMode.Replace);
        await using (upload.ConfigureAwait(false))
        {
            await upload.WriteAsync(note.ToJson(), cancellationToken).ConfigureAwait(false);
            await upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes it.</summary>
    internal Task DeleteAsync(string name, CancellationToken cancellationToken) => bucket.DeleteAsync(NoteOf(name), cancellationToken);

    /// <summary>The uploads that are noted, for names that begin like this; perhaps some that are gone.</summary>
    internal async IAsyncEnumerable<UnfinishedUpload> ListAsync(
        S3Listing listing, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StorageEntry entry in listing.ListAllAsync(Prefix + prefix, cancellationToken).ConfigureAwait(false))
        {
            if (NameOf(entry.Name) is { } name && await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } note)
                yield return new UnfinishedUpload(name, note.Upload, entry.LastModified, null);
        }
    }

    private static string NoteOf(string name) => Prefix + name + StorageName.TemporarySuffix;

    private static string? NameOf(string note) =>
        note.EndsWith(StorageName.TemporarySuffix, StringComparison.Ordinal)
        && note[Prefix.Length..^StorageName.TemporarySuffix.Length] is var name && StorageName.IsValid(name)
            ? name
            : null;
}
