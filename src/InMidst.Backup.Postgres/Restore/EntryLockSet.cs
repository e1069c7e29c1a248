namespace InMidst.Backup.Postgres.Restore;

/// <summary>Relations that are locked while an entry is made, by their numbers in the table of contents.</summary>
/// <param name="Shared">With others that share them.</param>
/// <param name="Exclusive">For this entry alone.</param>
internal sealed record EntryLockSet(IReadOnlyList<int> Shared, IReadOnlyList<int> Exclusive)
{
    /// <summary>Nothing is locked.</summary>
    public static EntryLockSet None { get; } = new([], []);
}
