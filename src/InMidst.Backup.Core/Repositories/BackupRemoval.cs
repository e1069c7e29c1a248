using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Removes a backup from its repository: first its manifest, and with it the backup, then its files. What the storage keeps against
/// removal is not touched. A record beside the backup says until the end that it is being removed, so that what a failure leaves is not
/// taken for a backup whose manifest was lost; doing it again removes that.
/// </summary>
public sealed class BackupRemoval
{
    // The storage may be the one that does not answer.
    private static readonly TimeSpan ForgetAtMost = TimeSpan.FromSeconds(15);

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
            if (await RecordAsync(backup, objects, cancellationToken).ConfigureAwait(false) is { } record)
                objects = [.. objects.Where(entry => entry.Name != record.Name), record];

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
        IReadOnlyList<StorageEntry> objects = await FindObjectsAsync(backup, cancellationToken).ConfigureAwait(false);
        RetentionLock kept = await RetentionLock.FindAsync(backup.Storage, objects, _clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return kept.IsLocked
            ? new RemovalResult { Status = RemovalStatus.Locked, Backup = backup, LockedUntil = kept.Until, HasLegalHold = kept.HasLegalHold }
            : null;
    }

    private static string RecordOf(BackupRecord backup) => backup.Data.Name + BackupName.RemovalSuffix;

    /// <summary>
    /// Notes beside a backup that it is being removed, by a copy of its manifest. Data that stay although the manifest went would look like
    /// a backup whose manifest was lost.
    /// </summary>
    private async Task<StorageEntry?> RecordAsync(BackupRecord backup, IReadOnlyList<StorageEntry> objects, CancellationToken cancellationToken)
    {
        if (backup.Manifest is not { } manifest || objects.All(entry => entry.Name != ManifestOf(backup)))
            return null;
        try
        {
            return await backup.Storage.PutAsync(RecordOf(backup), FormatJson.Write(manifest), PutMode.Replace, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            await ForgetAsync(backup).ConfigureAwait(false);
            throw NothingRemoved(backup, e);
        }
        catch (OperationCanceledException)
        {
            await ForgetAsync(backup).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the record back; one that stays is removed by the next repair, which sees that the manifest stands.</summary>
    private async Task ForgetAsync(BackupRecord backup)
    {
        using var limit = new CancellationTokenSource(ForgetAtMost, _clock);
        try
        {
            await backup.Storage.DeleteAsync(RecordOf(backup), limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // The failure that led here is what is told.
        }
    }

    private async Task<StorageException> KeepAsync(BackupRecord backup, bool isCertain, StorageException e)
    {
        if (!isCertain)
            return new StorageException(e.Id, $"Whether {backup.Id} was removed is not known; it is as it was, or no backup any more: {e.Message}", e.IsPermanent, e, e.Target);
        if (backup.Manifest is not null)
            await ForgetAsync(backup).ConfigureAwait(false);
        return NothingRemoved(backup, e);
    }

    private static StorageException NothingRemoved(BackupRecord backup, StorageException e) =>
        new(e.Id, $"Nothing of {backup.Id} was removed: {e.Message}", e.IsPermanent, e, e.Target);

    private static string ManifestOf(BackupRecord backup) => backup.Data.Name + BackupName.ManifestSuffix;

    /// <summary>Once the manifest is gone as much as can be is removed, whatever fails in between; the record only after all else.</summary>
    private async Task<IReadOnlyList<string>> RemoveAsync(
        BackupRecord backup, IReadOnlyList<StorageEntry> objects, CancellationToken cancellationToken)
    {
        var removed = new List<string>();
        var left = new List<string>();
        StorageException? failure = null;
        foreach (StorageEntry entry in objects.Where(entry => entry.Name != RecordOf(backup) || left.Count == 0))
        {
            try
            {
                await backup.Storage.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
                removed.Add(entry.Name);
            }
            catch (StorageException e)
            {
                bool? gone = await IsGoneAsync(backup.Storage, entry.Name, cancellationToken).ConfigureAwait(false);
                if (gone == true)
                {
                    removed.Add(entry.Name);
                    continue;
                }

                // While its manifest stands it is a whole backup. What has none is one file.
                if (entry.Name == ManifestOf(backup) || backup.Manifest is null)
                    throw await KeepAsync(backup, isCertain: gone == false, e).ConfigureAwait(false);
                failure ??= e;
                left.Add(entry.Name);
            }
        }

        removed.Remove(RecordOf(backup));
        return failure is null ? removed : throw new StorageException(
            failure.Id,
            $"{backup.Id} is no backup any more, but {string.Join(", ", left)} could not be removed and is left over "
            + $"(removed: {string.Join(", ", removed)}). Repair-MidstRepository removes it. {failure.Message}",
            failure.IsPermanent, failure, left[0]);
    }

    /// <summary>The storage may have removed it and failed to say so; null where it does not say now either.</summary>
    private static async Task<bool?> IsGoneAsync(IStorage storage, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.FindAsync(name, cancellationToken).ConfigureAwait(false) is null;
        }
        catch (StorageException)
        {
            return null;
        }
    }
}
