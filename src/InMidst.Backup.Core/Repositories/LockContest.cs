using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Decides who gets a lock among all lock objects under one prefix. Only one rule makes it safe: a writer holds the lock
/// when, after writing its own object, it has seen no other living one. Everything else only decides who waits for whom.
/// </summary>
internal sealed class LockContest(IStorage storage, string prefix, string ownName, TimeProvider clock)
{
    /// <summary>A lock whose object was not rewritten for so long, by the storage's clock, is dead.</summary>
    internal static readonly TimeSpan DeadAfter = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(10);

    /// <summary>Waits until our object is the only living one.</summary>
    /// <returns>The dead ones.</returns>
    /// <exception cref="BackupException"><see cref="ErrorIds.BackupInProgress"/> when someone else has or gets the lock.</exception>
    internal async Task<IReadOnlyList<Rival>> WinAsync(CancellationToken cancellationToken)
    {
        long started = clock.GetTimestamp();
        while (true)
        {
            (StorageEntry own, List<Rival> rivals) = await LookAsync(cancellationToken).ConfigureAwait(false);
            List<Rival> living = rivals.FindAll(rival => !rival.IsDead);
            if (living.Count == 0)
                return rivals;
            // Several may come at once and see each other. The first in order waits for the others to leave; a holder never leaves.
            Rival first = living.Find(rival => rival.MayHold) ?? living.MinBy(rival => rival.Order)!;
            bool mayWait = !first.MayHold && OrderOf(own).CompareTo(first.Order) < 0;
            if (!mayWait || clock.GetElapsedTime(started) >= WaitAtMost)
                throw InProgress(first);
            await Task.Delay(LookAgainAfter, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Looks once more after our object says that it is held: whoever took us for dead before that says so too, and wins.
    /// Others that only want the lock see ours and leave.
    /// </summary>
    internal async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        (_, List<Rival> rivals) = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (rivals.Find(rival => !rival.IsDead && rival.MayHold) is { } holder)
            throw InProgress(holder);
    }

    /// <summary>The dead locks under the prefix that note no object to be removed.</summary>
    /// <param name="own">A lock object of ours, just read: its time is the storage's present, or a little before.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal async Task<IReadOnlyList<string>> FindForgottenAsync(StorageEntry own, CancellationToken cancellationToken)
    {
        var others = new List<StorageEntry>();
        await foreach (StorageEntry entry in storage.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            others.Add(entry);
        var forgotten = new List<string>();
        foreach (StorageEntry entry in others.Where(entry => entry.Name != ownName))
        {
            Rival? rival = await ReadAsync(entry, own, cancellationToken).ConfigureAwait(false);
            if (rival is { IsDead: true, Record: { Writing.Count: 0, Inherited.Count: 0 } })
                forgotten.Add(entry.Name);
        }

        return forgotten;
    }

    private static (DateTimeOffset LastModified, string Name) OrderOf(StorageEntry entry) => (entry.LastModified, entry.Name);

    private async Task<(StorageEntry Own, List<Rival> Rivals)> LookAsync(CancellationToken cancellationToken)
    {
        StorageEntry? own = null;
        var others = new List<StorageEntry>();
        await foreach (StorageEntry entry in storage.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Name == ownName)
                own = entry;
            else
                others.Add(entry);
        }

        if (own is null)
        {
            throw new BackupException(
                ErrorIds.LockLost, "Another run removed this run's lock while it was being acquired.", target: ownName);
        }

        var rivals = new List<Rival>();
        foreach (StorageEntry entry in others)
        {
            if (await ReadAsync(entry, own, cancellationToken).ConfigureAwait(false) is { } rival)
                rivals.Add(rival);
        }

        return (own, rivals);
    }

    // Both times are the storage's, so it does not matter whose clock is wrong.
    private async Task<Rival?> ReadAsync(StorageEntry entry, StorageEntry own, CancellationToken cancellationToken)
    {
        LockRecord? record;
        try
        {
            record = LockRecord.TryParse(
                await storage.ReadAllBytesAsync(entry.Name, LockRecord.MaxLength, cancellationToken).ConfigureAwait(false));
        }
        catch (StorageException exception) when (exception.Id == ErrorIds.ObjectNotFound)
        {
            return null; // released meanwhile
        }
        catch (StorageException exception) when (exception.Id == ErrorIds.BackupCorrupt || ReadingRefusal.Is(exception))
        {
            record = null;
        }

        bool isDead = own.LastModified - entry.LastModified > DeadAfter
            || (record is not null && LockOwners.IsDead(record.Owner, record.Id));

        // It may have been released between our reading it and our looking for its owner. A release comes before the owner's
        // end, so what is still there now was left by a dead one.
        bool isReleased = isDead && await storage.FindAsync(entry.Name, cancellationToken).ConfigureAwait(false) is null;
        return isReleased ? null : new Rival(entry, record, isDead);
    }

    private static BackupException InProgress(Rival rival)
    {
        string who = rival.Record is { } record
            ? FormattableString.Invariant($"{record.Owner}, since {record.Acquired:u} ({record.Purpose})")
            : FormattableString.Invariant($"a lock that cannot be read, last written {rival.Entry.LastModified:u}");
        return new BackupException(
            ErrorIds.BackupInProgress, $"Another run is writing here: {who}.", target: rival.Entry.Name);
    }

    /// <summary>A lock object that is not ours; without a record when it cannot be read.</summary>
    internal sealed record Rival(StorageEntry Entry, LockRecord? Record, bool IsDead)
    {
        internal (DateTimeOffset LastModified, string Name) Order => OrderOf(Entry);

        internal bool MayHold => Record is null or { Held: true };

        internal AbandonedLock ToAbandoned() => new(
            Record?.Owner,
            Record?.Purpose ?? "",
            Record?.Acquired ?? Entry.LastModified,
            Record is null ? [] : [.. Record.Writing.Union(Record.Inherited, StringComparer.Ordinal)]);
    }
}
