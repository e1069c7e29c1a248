using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>Copies a dump of another tool as it is. Nothing says what its bytes should be: the copy is read again and compared.</summary>
internal sealed class ForeignCopying(IStorage target, CopySources sources, TimeProvider clock, Action<string> warn)
{
    private readonly ByteTransfer _bytes = new();

    /// <summary>Copies it.</summary>
    public async Task<BackupRecord> RunAsync(IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        BackupRecord nearest = sources.Nearest;
        string file = nearest.Data.Name[(nearest.Data.Name.LastIndexOf('/') + 1)..];
        string name = (nearest.Database is { } database ? BackupName.Prefix(target.Properties, database) : "") + file;
        StorageName.ValidateForWriting(name);
        if (nearest.Length > target.Properties.MaximumObjectLength)
        {
            throw new BackupException(ErrorIds.InvalidArgument,
                $"{file} has {nearest.Length:N0} bytes; an object of {target.Properties.Location} may have {target.Properties.MaximumObjectLength:N0}.",
                guidance: "Restore it, and back the database up with this module, which divides what is too long.", target: nearest.Id);
        }

        SeriesLocks locks = await SeriesLocks.AcquireAsync(
            target, nearest.Id, series: null, $"copy of {nearest.Id}", resumed: null, clock, warn, cancellationToken).ConfigureAwait(false);
        await using (locks.ConfigureAwait(false))
        {
            StorageEntry entry = await locks.RunAsync(async token =>
            {
                StorageEntry? same = await FindSameAsync(name, token).ConfigureAwait(false);
                HashSet<string> resumed = same is null && target.Properties.ResumesUploads ? [name] : [];
                await target.RemoveAbandonedUploadsAsync(name, resumed, token).ConfigureAwait(false);
                return same ?? await WriteAsync(name, progress, token).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            return nearest with { Storage = target, Data = entry, Proof = null };
        }
    }

    private async Task<StorageEntry?> FindSameAsync(string name, CancellationToken cancellationToken)
    {
        if (await target.FindAsync(name, cancellationToken).ConfigureAwait(false) is not { } entry)
            return null;
        bool same = false;
        if (entry.Length == sources.Nearest.Length)
        {
            string? there = await HashAsync(target, name, entry.Length, cancellationToken).ConfigureAwait(false);
            await sources.TryEachAsync(async (copy, token) =>
            {
                try
                {
                    same = there == await HashAsync(copy.Storage, copy.Data.Name, copy.Data.Length, token).ConfigureAwait(false);
                }
                catch (StorageException e)
                {
                    throw new SourceFailure(e);
                }
            }, static () => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        }

        return same ? entry : throw new StorageException(
            ErrorIds.ObjectExists, $"{target.Properties.PathOf(name)} is another dump than the one to be copied.", isPermanent: true, target: name);
    }

    private async Task<StorageEntry> WriteAsync(string name, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        StorageEntry? entry = null;
        string? expected = null;
        await sources.TryEachAsync(
            async (copy, token) => (entry, expected) = await WriteAsync(copy, name, progress, token).ConfigureAwait(false), static () => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        if (await HashAsync(target, name, entry!.Length, cancellationToken).ConfigureAwait(false) == expected)
            return entry;
        await target.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        throw new BackupException(ErrorIds.BackupCorrupt,
            $"{target.Properties.PathOf(name)} did not hold the bytes that were written there, and was removed.",
            guidance: "Look for what is wrong with that storage, and copy again.", target: name);
    }

    private async Task<(StorageEntry Entry, string Sha256)> WriteAsync(
        BackupRecord copy, string name, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        Stream source;
        try
        {
            source = new SourceStream(await copy.Storage.OpenReadAsync(copy.Data.Name, 0, null, cancellationToken).ConfigureAwait(false));
        }
        catch (StorageException e)
        {
            throw new SourceFailure(e);
        }

        StorageUpload upload;
        try
        {
            upload = await target.BeginPutAsync(name, PutMode.Resume, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long total = copy.Data.Length;
            Action<long> done = moved => progress.Report(new OperationProgress(
                $"Copying {copy.Id} to {target.Properties.Location}", moved, total == 0 ? 1 : (double)moved / total));
            if (!await _bytes.MoveAsync(source, total, [hash], upload, done, cancellationToken).ConfigureAwait(false))
            {
                throw new SourceFailure(new BackupException(
                    ErrorIds.BackupCorrupt, $"{copy.Data.Name} has not the {total:N0} bytes any more that were listed.", target: copy.Id));
            }

            StorageEntry entry = await upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return (entry, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch (Exception e) when (UploadEnding.IsWorthKeeping(e))
        {
            if (await upload.SuspendAsync().ConfigureAwait(false) is > 0 and var left)
                warn(UploadEnding.Describe(copy.Id, target, left));
            throw;
        }
        finally
        {
            await upload.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string?> HashAsync(IStorage storage, string name, long length, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Stream stream = await storage.OpenReadAsync(name, 0, null, cancellationToken).ConfigureAwait(false);
        bool whole = await _bytes.MoveAsync(stream, length, [hash], destination: null, static _ => { }, cancellationToken).ConfigureAwait(false);
        return whole ? Convert.ToHexStringLower(hash.GetHashAndReset()) : null;
    }
}
