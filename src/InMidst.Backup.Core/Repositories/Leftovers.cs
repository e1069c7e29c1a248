using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>Removes what dead runs of a series left in a repository. Never what is, or may still become, somebody's backup.</summary>
/// <param name="storage">The repository.</param>
/// <param name="database">The database of the series.</param>
/// <param name="clock">Measures the age of locks.</param>
/// <param name="warn">Told of trouble with a lock.</param>
public sealed class Leftovers(IStorage storage, string database, TimeProvider clock, Action<string> warn)
{
    /// <summary>The object name of a dump whose parts stay, because they are about to be made whole; or null.</summary>
    public string? Kept { get; init; }

    /// <summary>Removes them.</summary>
    /// <param name="held">The lock of the series.</param>
    /// <param name="seriesKey">Its key.</param>
    /// <param name="cancellationToken">Cancels; what was not done is left to the next run.</param>
    public async Task RemoveAsync(RepositoryLock held, string seriesKey, CancellationToken cancellationToken)
    {
        // A kill in the middle of writing a lock leaves a temporary file and no lock to take over.
        await held.RemoveDeadAsync(seriesKey, cancellationToken).ConfigureAwait(false);
        await held.RemoveDeadAsync(LockKeys.Name(BackupName.Encode(database) + "_"), cancellationToken).ConfigureAwait(false);
        string[] names = [.. held.TakenOver.SelectMany(l => l.Names).Distinct(StringComparer.Ordinal)];
        if (names.Length == 0)
            return;
        foreach (IGrouping<string, string> backup in names.GroupBy(BackupName.DumpOf).Where(backup => backup.Key != Kept))
            await RemoveAsync(backup.Key, [.. backup], cancellationToken).ConfigureAwait(false);
        string pointers = BackupName.Prefix(storage.Properties, database) + BackupName.Latest(database, "");
        await storage.RemoveAbandonedUploadsAsync(pointers, cancellationToken).ConfigureAwait(false);
        await held.ForgetTakenOverAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a dead run was writing is no backup, unless it came as far as its manifest.</summary>
    private async Task RemoveAsync(string dataName, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        RepositoryLock nameLock;
        try
        {
            nameLock = await RepositoryLock.AcquireAsync(
                storage, LockKeys.Name(BackupName.IdOf(dataName)), "removal of what a dead run left", clock, warn, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupInProgress)
        {
            // Another cluster's database of the same name took the id over within the same second.
            return;
        }

        await using (nameLock.ConfigureAwait(false))
        {
            foreach (string name in names)
                await storage.RemoveAbandonedUploadsAsync(name, cancellationToken).ConfigureAwait(false);
            if (await storage.FindAsync(dataName + BackupName.ManifestSuffix, cancellationToken).ConfigureAwait(false) is not null)
            {
                // It may have died just before it removed the manifest: the backup is whole, and stays.
                await storage.DeleteAsync(dataName + BackupName.RemovalSuffix, cancellationToken).ConfigureAwait(false);
                return;
            }

            // How many parts there would be was not known when the names were noted.
            foreach (StorageEntry entry in await StoredObjects.FindAsync(storage, dataName, cancellationToken).ConfigureAwait(false))
                await storage.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        }
    }
}
