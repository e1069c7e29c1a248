using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>A second may see two backups of one name, from two clusters even: each id is locked while its backup is written.</summary>
public static class BackupIdReservation
{
    /// <summary>Finds an id that no backup has and nobody else is writing.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="database">The database.</param>
    /// <param name="started">When the backup began.</param>
    /// <param name="clock">Measures the age of locks.</param>
    /// <param name="warn">Told of trouble with a lock.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>The id and its lock, which the caller disposes.</returns>
    public static async Task<(string Id, RepositoryLock Lock)> MakeAsync(
        IStorage storage, string database, DateTimeOffset started, TimeProvider clock, Action<string> warn, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            string id = BackupName.Id(database, started, attempt);
            RepositoryLock nameLock;
            try
            {
                nameLock = await RepositoryLock.AcquireAsync(
                    storage, LockKeys.Name(id), $"backup {id}", clock, warn, cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e) when (e.Id == ErrorIds.BackupInProgress)
            {
                continue;
            }

            bool taken = true;
            try
            {
                string name = BackupName.Prefix(storage.Properties, database) + id;
                taken = await AnyAsync(storage, name, cancellationToken).ConfigureAwait(false);
                if (!taken)
                    return (id, nameLock);
            }
            finally
            {
                if (taken)
                    await nameLock.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task<bool> AnyAsync(IStorage storage, string id, CancellationToken cancellationToken)
    {
        await foreach (StorageEntry entry in storage.ListAsync(id + ".", cancellationToken).ConfigureAwait(false))
            return entry.Name.Length > 0;
        return false;
    }
}
