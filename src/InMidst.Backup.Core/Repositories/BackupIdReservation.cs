using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>A second may see two backups of one name, from two clusters even: each id is locked while its backup is written.</summary>
public static class BackupIdReservation
{
    /// <summary>Reserves an id if no backup has it and nobody else is writing one of it.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="database">The database.</param>
    /// <param name="id">The id.</param>
    /// <param name="clock">Measures the age of locks.</param>
    /// <param name="warn">Told of trouble with a lock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The lock, which the caller disposes; null when the id is taken.</returns>
    public static async Task<RepositoryLock?> TryMakeAsync(
        IStorage storage, string database, string id, TimeProvider clock, Action<string> warn, CancellationToken cancellationToken)
    {
        RepositoryLock nameLock;
        try
        {
            nameLock = await RepositoryLock.AcquireAsync(
                storage, LockKeys.Name(id), $"backup {id}", clock, warn, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupInProgress)
        {
            return null;
        }

        bool taken = true;
        try
        {
            taken = await AnyAsync(storage, BackupName.Prefix(storage.Properties, database) + id, cancellationToken).ConfigureAwait(false);
            return taken ? null : nameLock;
        }
        finally
        {
            if (taken)
                await nameLock.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<bool> AnyAsync(IStorage storage, string id, CancellationToken cancellationToken)
    {
        await foreach (StorageEntry entry in storage.ListAsync(id + ".", cancellationToken).ConfigureAwait(false))
            return entry.Name.Length > 0;
        return false;
    }
}
