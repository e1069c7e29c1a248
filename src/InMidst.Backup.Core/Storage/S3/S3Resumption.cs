using System.Globalization;
using System.Net;
using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// An upload that a later run can take over, and that takes over what an earlier one left: its parts are listed, and those that are what
/// would be sent are not sent again. The caller holds the lock of the name.
/// </summary>
internal sealed class S3Resumption(S3Bucket bucket, string name)
{
    private readonly S3UploadNotes _notes = new(bucket);
    private readonly string _run = Guid.NewGuid().ToString("N");
    private DateTimeOffset? _lockedUntil;

    /// <summary>Goes on with the upload that is noted if its first part is this one, else begins anew; all other uploads of the name are removed.</summary>
    internal async Task<S3Multipart> BeginAsync(S3StoredPart? first, CancellationToken cancellationToken)
    {
        S3UploadNote? note = await _notes.FindAsync(name, cancellationToken).ConfigureAwait(false);
        S3Multipart? taken = note is null || first is null ? null : await TakeOverAsync(note, first, cancellationToken).ConfigureAwait(false);
        _lockedUntil = taken is null ? bucket.Properties.LockUntil(name) : note!.LockUntil;
        await RemoveOthersAsync(taken?.Id, cancellationToken).ConfigureAwait(false);
        return taken ?? await S3Multipart.BeginAsync(bucket, name, PutMode.Resume, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes that this run writes the upload; before anything is sent.</summary>
    internal Task NoteAsync(S3Multipart multipart, CancellationToken cancellationToken) => _notes.WriteAsync(
        name,
        new S3UploadNote
        {
            Upload = multipart.Id,
            Mark = multipart.Mark.Value,
            Run = _run,
            Properties = bucket.Properties.FingerprintOf(name),
            LockUntil = _lockedUntil,
        },
        cancellationToken);

    /// <summary>Removes all unfinished uploads of the name, and the note of one, because the object needs none.</summary>
    internal async Task RemoveAllAsync(CancellationToken cancellationToken)
    {
        S3UploadNote? note = await _notes.FindAsync(name, cancellationToken).ConfigureAwait(false);
        await RemoveOthersAsync(null, cancellationToken).ConfigureAwait(false);
        if (note is not null)
            await _notes.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the upload, unless another run took it over when it believed this one dead.</summary>
    internal async Task AbortAsync(S3Multipart multipart, bool wereSending, CancellationToken cancellationToken)
    {
        S3UploadNote? note = await _notes.FindAsync(name, cancellationToken).ConfigureAwait(false);
        if (note is not null && note.Upload == multipart.Id && note.Run != _run)
            return;
        await multipart.AbortAsync(wereSending, cancellationToken).ConfigureAwait(false);
        await _notes.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets the upload, which has become an object.</summary>
    internal async Task EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _notes.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException)
        {
            // It names an upload that is gone; ListUnfinishedUploadsAsync finds it later.
        }
    }

    /// <summary>The upload of a note with the parts it has; null when it is gone, or becomes something else than what is written now.</summary>
    private async Task<S3Multipart?> TakeOverAsync(S3UploadNote note, S3StoredPart first, CancellationToken cancellationToken)
    {
        bool fits = note.Properties == bucket.Properties.FingerprintOf(name)
            && (note.LockUntil is null || note.LockUntil <= bucket.Properties.LockUntil(name));
        if (!fits || await ListPartsAsync(note.Upload, cancellationToken).ConfigureAwait(false) is not { } parts)
            return null;

        // Another dump differs at once, and so does one that is cut into other parts.
        return parts.GetValueOrDefault(1) == first
            ? new S3Multipart(bucket, name, PutMode.Resume, new S3UploadMark(note.Mark), note.Upload, parts)
            : null;
    }

    private async Task<Dictionary<int, S3StoredPart>?> ListPartsAsync(string upload, CancellationToken cancellationToken)
    {
        var found = new Dictionary<int, S3StoredPart>();
        var request = new ListPartsRequest { BucketName = bucket.Location.Bucket, Key = bucket.KeyOf(name), UploadId = upload };
        try
        {
            for (bool more = true; more;)
            {
                ListPartsResponse page = await bucket.Connection.SendAsync(
                    new S3Call(S3Operation.ListParts, name), (client, token) => client.ListPartsAsync(request, token), cancellationToken)
                    .ConfigureAwait(false);
                foreach (PartDetail part in page.Parts ?? [])
                    found[part.PartNumber ?? 0] = new S3StoredPart(part.Size ?? 0, S3Head.Unquote(part.ETag));
                more = page.IsTruncated == true && page.NextPartNumberMarker is > 0;
                request.PartNumberMarker = page.NextPartNumberMarker?.ToString(CultureInfo.InvariantCulture);
            }

            return found;
        }
        catch (StorageException exception) when (S3Errors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (StorageException exception) when (exception.Id == Errors.ErrorIds.RepositoryAccessDenied)
        {
            bucket.Warn($"What an earlier attempt sent of '{name}' is sent again: {exception.Message}");
            return null;
        }
    }

    private async Task RemoveOthersAsync(string? kept, CancellationToken cancellationToken)
    {
        await foreach (UnfinishedUpload other in new S3Listing(bucket).ListUploadsAsync(name, cancellationToken).ConfigureAwait(false))
        {
            if (other.Name == name && other.Token != kept)
                await bucket.AbortAsync(name, other.Token, cancellationToken).ConfigureAwait(false);
        }
    }
}
