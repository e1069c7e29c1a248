using System.Globalization;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>What keeps a storage from removing some objects (S3 Object Lock).</summary>
/// <param name="Until">Until when the last of them is kept; null for none.</param>
/// <param name="HasLegalHold">Whether a hold without an end keeps one of them.</param>
internal readonly record struct RetentionLock(DateTimeOffset? Until, bool HasLegalHold)
{
    /// <summary>Whether anything keeps them.</summary>
    public bool IsLocked => Until is not null || HasLegalHold;

    /// <summary>Asks the storage for each object but a removal record: it is never what somebody wants kept, though a bucket may lock whatever is new.</summary>
    /// <param name="storage">Where they lie.</param>
    /// <param name="objects">The objects.</param>
    /// <param name="now">Now.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<RetentionLock> FindAsync(
        IStorage storage, IReadOnlyList<StorageEntry> objects, DateTimeOffset now, CancellationToken cancellationToken)
    {
        DateTimeOffset? until = null;
        bool hold = false;
        foreach (StorageEntry listed in objects.Where(entry => !entry.Name.EndsWith(BackupName.RemovalSuffix, StringComparison.Ordinal)))
        {
            StorageEntry? entry = await storage.FindAsync(listed.Name, cancellationToken).ConfigureAwait(false);
            if (entry?.LockedUntil > now && !(until > entry.LockedUntil))
                until = entry.LockedUntil;
            hold |= entry?.HasLegalHold == true;
        }

        return new RetentionLock(until, hold);
    }

    /// <summary>Until when, in words.</summary>
    public string Describe() => (Until, HasLegalHold) switch
    {
        (null, _) => "by a legal hold",
        ({ } until, false) => string.Create(CultureInfo.InvariantCulture, $"until {until:u}"),
        ({ } until, true) => string.Create(CultureInfo.InvariantCulture, $"until {until:u} and by a legal hold"),
    };
}
