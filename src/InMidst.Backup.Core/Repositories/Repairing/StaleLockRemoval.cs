using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Repairing;

/// <summary>
/// Removes the lock of a dead run by taking it over, as the next run would. Uploads it names are removed with it; objects it names are
/// found by themselves afterwards, and a dump among them that is whole is not lost.
/// </summary>
internal sealed class StaleLockRemoval(IStorage storage, TimeProvider clock, Action<string> warn)
{
    /// <summary>Removes it.</summary>
    /// <param name="lockName">The lock's object name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when it was gone.</returns>
    public async Task<bool> RunAsync(string lockName, CancellationToken cancellationToken)
    {
        if (LockSurvey.KeyOf(lockName) is not { } key || await storage.FindAsync(lockName, cancellationToken).ConfigureAwait(false) is not { } entry)
            return false;
        if (RepositoryLock.Shorten(key) != key)
            return await RemoveShortenedAsync(entry, cancellationToken).ConfigureAwait(false);
        RepositoryLock held = await RepositoryLock.AcquireAsync(storage, key, "removal of a dead run's lock", clock, warn, cancellationToken).ConfigureAwait(false);
        await using (held.ConfigureAwait(false))
        {
            foreach (string name in held.TakenOver.SelectMany(l => l.Names).Distinct(StringComparer.Ordinal))
                await RemoveUploadsAsync(name, key, cancellationToken).ConfigureAwait(false);
            await held.ForgetTakenOverAsync(cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task RemoveUploadsAsync(string name, string heldKey, CancellationToken cancellationToken)
    {
        string nameKey = LockKeys.Name(BackupName.IdOf(BackupName.DumpOf(name)));
        if (nameKey == heldKey)
        {
            await storage.RemoveAbandonedUploadsAsync(name, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            RepositoryLock nameLock = await RepositoryLock.AcquireAsync(
                storage, nameKey, "removal of what a dead run left", clock, warn, cancellationToken).ConfigureAwait(false);
            await using (nameLock.ConfigureAwait(false))
                await storage.RemoveAbandonedUploadsAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupInProgress)
        {
            // Another run has the name by now, and clears it up.
        }
    }

    /// <summary>The key of a very long name cannot be had back from it: such a lock goes when it surely is dead.</summary>
    private async Task<bool> RemoveShortenedAsync(StorageEntry entry, CancellationToken cancellationToken)
    {
        LockSurvey locks = await LockSurvey.ReadAsync(storage, entry.Name, clock.GetUtcNow() - RepositoryRepair.DefaultMinimumAge, ownKey: null, cancellationToken).ConfigureAwait(false);
        if (locks.Dead.TrueForAll(dead => dead.Entry.Name != entry.Name))
            throw new BackupException(ErrorIds.BackupInProgress, $"Whether the run that holds {entry.Name} is dead will be certain a day after it was last written.", target: entry.Name);
        await storage.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
