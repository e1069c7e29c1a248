using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Removes a backup from its repository: first its manifest, and with it the backup, then its files. What the storage keeps against
/// removal is not touched. Doing it again after a failure removes what was left.
/// </summary>
public sealed class BackupRemoval
{
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;

    /// <summary>Makes the operation.</summary>
    /// <param name="clock">Tells whether a lock of the storage has ended, and the age of other runs' locks.</param>
    /// <param name="warn">Told what the user should know though the removal succeeds.</param>
    public BackupRemoval(TimeProvider clock, Action<string> warn)
    {
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Removes it, or says that it is locked.</summary>
    /// <param name="backup">As a repository lists it. Of a dump of another tool its file is removed, nothing else.</param>
    /// <param name="cancellationToken">Cancels while nothing is removed yet.</param>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.BackupInProgress"/> when another run is writing this series. A <see cref="StorageException"/> says what was
    /// and what was not removed.
    /// </exception>
    public async Task<RemovalResult> RunAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        if (await FindLockAsync(backup, cancellationToken).ConfigureAwait(false) is { } locked)
            return locked;
        SeriesLocks locks = await SeriesLocks.AcquireAsync(
            backup.Storage, backup.Id, backup.Manifest?.Series, $"removal of {backup.Id}", resumed: null, _clock, _warn, cancellationToken).ConfigureAwait(false);
        await using (locks.ConfigureAwait(false))
        {
            IReadOnlyList<StorageEntry> objects = await FindObjectsAsync(backup, cancellationToken).ConfigureAwait(false);

            // Who takes over from us after our death goes on from here, if the manifest is gone.
            await locks.SetWritingAsync([backup.Data.Name, BackupName.Globals(backup.Data.Name)], cancellationToken).ConfigureAwait(false);

            // Half removed it would be of no use to anybody: from here on only a lost lock stops it.
            IReadOnlyList<string> removed = await locks.RunAsync(token => RemoveAsync(backup, objects, token), CancellationToken.None).ConfigureAwait(false);
            if (backup.Manifest is { } manifest)
                await new LatestPointer(backup.Storage, manifest.Series.Database, _warn).RenewAsync(cancellationToken).ConfigureAwait(false);
            return new RemovalResult { Status = RemovalStatus.Removed, Backup = backup, Removed = removed };
        }
    }

    private static async Task<IReadOnlyList<StorageEntry>> FindObjectsAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        if (backup.Manifest is not null)
            return await StoredObjects.FindAsync(backup.Storage, backup.Data.Name, cancellationToken).ConfigureAwait(false);
        return await backup.Storage.FindAsync(backup.Data.Name, cancellationToken).ConfigureAwait(false) is { } file ? [file] : [];
    }

    private async Task<RemovalResult?> FindLockAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        DateTimeOffset? until = null;
        bool hold = false;
        foreach (StorageEntry listed in await FindObjectsAsync(backup, cancellationToken).ConfigureAwait(false))
        {
            StorageEntry? entry = await backup.Storage.FindAsync(listed.Name, cancellationToken).ConfigureAwait(false);
            if (entry?.LockedUntil > now && !(until > entry.LockedUntil))
                until = entry.LockedUntil;
            hold |= entry?.HasLegalHold == true;
        }

        return until is null && !hold
            ? null
            : new RemovalResult { Status = RemovalStatus.Locked, Backup = backup, LockedUntil = until, HasLegalHold = hold };
    }

    /// <summary>Once the manifest is gone as much as can be is removed, whatever fails in between.</summary>
    private static async Task<IReadOnlyList<string>> RemoveAsync(
        BackupRecord backup, IReadOnlyList<StorageEntry> objects, CancellationToken cancellationToken)
    {
        var removed = new List<string>();
        var left = new List<string>();
        StorageException? failure = null;
        foreach (StorageEntry entry in objects)
        {
            try
            {
                await backup.Storage.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
                removed.Add(entry.Name);
            }
            catch (StorageException e)
            {
                if (await IsGoneAsync(backup.Storage, entry.Name, cancellationToken).ConfigureAwait(false))
                {
                    removed.Add(entry.Name);
                    continue;
                }

                // While its manifest stands it is a whole backup.
                if (removed.Count == 0)
                    throw new StorageException(e.Id, $"Nothing of {backup.Id} was removed: {e.Message}", e.IsPermanent, e, entry.Name);
                failure ??= e;
                left.Add(entry.Name);
            }
        }

        return failure is null ? removed : throw new StorageException(
            failure.Id,
            $"{backup.Id} is no backup any more, but {string.Join(", ", left)} could not be removed and is left over "
            + $"(removed: {string.Join(", ", removed)}): {failure.Message}",
            failure.IsPermanent, failure, left[0]);
    }

    /// <summary>The storage may have removed it and failed to say so.</summary>
    private static async Task<bool> IsGoneAsync(IStorage storage, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.FindAsync(name, cancellationToken).ConfigureAwait(false) is null;
        }
        catch (StorageException)
        {
            return false;
        }
    }
}
