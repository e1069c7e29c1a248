namespace InMidst.Backup.Postgres.Restore;

/// <summary>An entry that several workers may make side by side with others, and the comments and labels that follow it.</summary>
internal sealed class EntryUnit
{
    private readonly List<RestoreEntry> _entries;

    /// <summary>Makes a unit of one entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="order">Its place among the units.</param>
    /// <param name="locks">What it locks; null when that is not known, and nothing may run beside it.</param>
    /// <param name="size">Bytes of the tables it is about: what is large comes first.</param>
    public EntryUnit(RestoreEntry entry, int order, EntryLockSet? locks, long size)
    {
        _entries = [entry];
        Order = order;
        IsAlone = locks is null;
        Locks = locks ?? EntryLockSet.None;
        Size = size;
    }

    /// <summary>What is made, in order, on one connection.</summary>
    public IReadOnlyList<RestoreEntry> Entries => _entries;

    /// <summary>Its place among the units.</summary>
    public int Order { get; }

    /// <summary>Whether it comes after all before it, and before all behind it.</summary>
    public bool IsAlone { get; }

    /// <summary>What it locks.</summary>
    public EntryLockSet Locks { get; }

    /// <summary>Bytes of the tables it is about.</summary>
    public long Size { get; }

    /// <summary>Units that wait for it.</summary>
    public List<EntryUnit> Dependents { get; } = [];

    /// <summary>Whether, when it was taken, nothing could be made beside it: sessions of the restore are idle.</summary>
    public bool LeavesOthersIdle { get; set; }

    /// <summary>Whether making it may be shared by processes of the server (max_parallel_maintenance_workers).</summary>
    public bool BuildsIndex => _entries[0].Record.Type is "INDEX" or "CONSTRAINT";

    /// <summary>How many units it waits for.</summary>
    public int WaitsFor { get; set; }

    /// <summary>Adds a comment or label.</summary>
    public void Follow(RestoreEntry entry) => _entries.Add(entry);
}
