using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Repairing;

/// <summary>
/// The locks of a repository, as somebody sees them who writes none and so does not know the storage's time. Whoever acts on it takes
/// the lock first. Below a repository there may be others, with locks of their own that protect what lies there.
/// </summary>
internal sealed class LockSurvey
{
    // Clocks may differ; who acts is told the truth by the lock itself.
    private static readonly TimeSpan DeadAfter = LockContest.DeadAfter + TimeSpan.FromMinutes(10);

    // By the place in which the locks' repository begins: "" for this one.
    private readonly List<(string Place, LockRecord Record)> _living = [];
    private readonly HashSet<(string Place, string Key)> _livingKeys = [];

    private LockSurvey()
    {
    }

    /// <summary>The dead ones of this repository; without a record where it cannot be read.</summary>
    public List<(StorageEntry Entry, LockRecord? Record)> Dead { get; } = [];

    /// <summary>Reads locks.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="entries">What was listed of it; locks come before what they protect.</param>
    /// <param name="now">Now, by our clock.</param>
    /// <param name="ownKey">The key of a lock that the caller holds; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<LockSurvey> ReadAsync(
        IStorage storage, IEnumerable<StorageEntry> entries, DateTimeOffset now, string? ownKey, CancellationToken cancellationToken)
    {
        var survey = new LockSurvey();
        foreach (StorageEntry entry in entries)
        {
            if (Parse(entry.Name) is not { } found || (ownKey is not null && found == ("", RepositoryLock.Shorten(ownKey))))
                continue;
            (bool isThere, LockRecord? record) = await TryReadAsync(storage, entry.Name, cancellationToken).ConfigureAwait(false);
            if (isThere && (now - entry.LastModified > DeadAfter || (record is not null && LockOwners.IsDead(record.Owner, record.Id))))
            {
                if (found.Place.Length == 0)
                    survey.Dead.Add((entry, record));
                continue;
            }

            // Released since it was listed, it protected what the rest of the listing shows.
            survey._livingKeys.Add(found);
            if (record is not null)
                survey._living.Add((found.Place, record));
        }

        return survey;
    }

    /// <summary>Reads the locks that may protect one dump.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="dataName">The dump's object name; or any name, of whose places the locks are read.</param>
    /// <param name="now">Now, by our clock.</param>
    /// <param name="ownKey">The key of a lock that the caller holds; null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<LockSurvey> ReadAsync(IStorage storage, string dataName, DateTimeOffset now, string? ownKey, CancellationToken cancellationToken)
    {
        var entries = new List<StorageEntry>();
        foreach (string place in PlacesOf(dataName))
            entries.AddRange((await RepositoryListing.ReadAsync(storage, place + RepositoryLock.LocksPrefix, cancellationToken).ConfigureAwait(false)).Entries);
        return await ReadAsync(storage, entries, now, ownKey, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The key of a lock of this repository, as it stands in its object's name; null for other objects.</summary>
    public static string? KeyOf(string name) => Parse(name) is ("", var key) ? key : null;

    /// <summary>Whether a living run may be writing or removing this dump.</summary>
    /// <param name="dataName">The dump's object name.</param>
    public bool IsInWork(string dataName)
    {
        string key = RepositoryLock.Shorten(LockKeys.Name(BackupName.IdOf(dataName)));
        return PlacesOf(dataName).Any(place => _livingKeys.Contains((place, key)))
            || _living.Exists(held => held.Record.Writing.Concat(held.Record.Inherited).Any(name => held.Place + BackupName.DumpOf(name) == dataName));
    }

    /// <summary>Where repositories may begin that an object lies in: "", and every directory on the way to it.</summary>
    private static IEnumerable<string> PlacesOf(string name)
    {
        for (int end = 0; end <= name.Length; end = name.IndexOf('/', end) is >= 0 and var slash ? slash + 1 : int.MaxValue)
            yield return name[..end];
    }

    private static (string Place, string Key)? Parse(string name)
    {
        int locks = name.IndexOf(RepositoryLock.LocksPrefix, StringComparison.Ordinal);
        int start = locks + RepositoryLock.LocksPrefix.Length;
        if (locks < 0 || (locks > 0 && name[locks - 1] != '/'))
            return null;
        int mark = name.IndexOf(RepositoryLock.Mark, start, StringComparison.Ordinal);
        return mark > start ? (name[..locks], name[start..mark]) : null;
    }

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
