using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Repairing;

/// <summary>
/// The locks of a repository, as somebody sees them who writes none and so does not know the storage's time. Whoever acts on it takes
/// the lock first.
/// </summary>
internal sealed class LockSurvey
{
    // Clocks may differ; who acts is told the truth by the lock itself.
    private static readonly TimeSpan DeadAfter = LockContest.DeadAfter + TimeSpan.FromMinutes(10);

    private readonly List<LockRecord> _living = [];
    private readonly HashSet<string> _livingKeys = new(StringComparer.Ordinal);

    private LockSurvey()
    {
    }

    /// <summary>The dead ones; without a record where it cannot be read.</summary>
    public List<(StorageEntry Entry, LockRecord? Record)> Dead { get; } = [];

    /// <summary>Reads all locks.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="now">Now, by our clock.</param>
    /// <param name="ownKey">The key of a lock that the caller holds; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<LockSurvey> ReadAsync(IStorage storage, DateTimeOffset now, string? ownKey, CancellationToken cancellationToken)
    {
        var survey = new LockSurvey();
        RepositoryListing listing = await RepositoryListing.ReadAsync(storage, RepositoryLock.LocksPrefix, cancellationToken).ConfigureAwait(false);
        foreach (StorageEntry entry in listing.Entries)
        {
            string? key = KeyOf(entry.Name);
            if (key is null || (ownKey is not null && key == RepositoryLock.Shorten(ownKey)))
                continue;
            (bool isThere, LockRecord? record) = await TryReadAsync(storage, entry.Name, cancellationToken).ConfigureAwait(false);
            if (!isThere)
                continue;
            if (now - entry.LastModified > DeadAfter || (record is not null && LockOwners.IsDead(record.Owner, record.Id)))
            {
                survey.Dead.Add((entry, record));
                continue;
            }

            survey._livingKeys.Add(key);
            if (record is not null)
                survey._living.Add(record);
        }

        return survey;
    }

    /// <summary>The key of a lock, as it stands in its object's name; null for other objects.</summary>
    public static string? KeyOf(string name)
    {
        int mark = name.IndexOf(RepositoryLock.Mark, StringComparison.Ordinal);
        return name.StartsWith(RepositoryLock.LocksPrefix, StringComparison.Ordinal) && mark > RepositoryLock.LocksPrefix.Length
            ? name[RepositoryLock.LocksPrefix.Length..mark]
            : null;
    }

    /// <summary>Whether a living run may be writing or removing this dump.</summary>
    /// <param name="dataName">The dump's object name.</param>
    public bool IsInWork(string dataName) =>
        _livingKeys.Contains(RepositoryLock.Shorten(LockKeys.Name(BackupName.IdOf(dataName))))
        || _living.Exists(record => record.Writing.Concat(record.Inherited).Any(name => BackupName.DumpOf(name) == dataName));

    private static async Task<(bool IsThere, LockRecord? Record)> TryReadAsync(IStorage storage, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (true, LockRecord.TryParse(await storage.ReadAllBytesAsync(name, LockRecord.MaxLength, cancellationToken).ConfigureAwait(false)));
        }
        catch (StorageException e) when (e.Id == ErrorIds.ObjectNotFound)
        {
            return (false, null);
        }
        catch (StorageException e) when (e.Id == ErrorIds.BackupCorrupt || ReadingRefusal.Is(e))
        {
            return (true, null);
        }
    }
}
