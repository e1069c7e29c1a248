using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Which relations the making of an entry locks. The rule is pg_restore's (pg_backup_archiver.c, identify_locking_dependencies): an
/// entry has every table it needs for itself, but indexes, which share theirs. Statements on a parent lock its partitions too.
/// </summary>
internal sealed class EntryLocks
{
    private readonly Dictionary<int, int> _shared = [];
    private readonly HashSet<int> _exclusive = [];

    /// <summary>Relations that the entry shares, and those it has for itself; null for both when nothing is known of it.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="graph">All entries.</param>
    public static EntryLockSet? Find(RestoreEntry entry, EntryGraph graph)
    {
        TocEntryRecord record = entry.Record;
        int[] relations = [.. graph.Relations(record).Distinct()];
        switch (record.Type)
        {
            case "INDEX" when relations.Length > 0:
                // CLUSTER ON and REPLICA IDENTITY belong to the index but alter the table.
                return entry.Statements.Count == 1 ? new EntryLockSet(relations, []) : new EntryLockSet([], relations);
            case "CONSTRAINT" or "FK CONSTRAINT" or "TRIGGER" or "RULE" or "STATISTICS" or "INDEX ATTACH" when relations.Length > 0:
            case "CHECK CONSTRAINT" when relations.Length > 0:
                return new EntryLockSet([], [.. relations.Concat(relations.SelectMany(graph.Descendants)).Distinct()]);
            case "MATERIALIZED VIEW" or "VIEW" or "FUNCTION" or "PROCEDURE":
                return new EntryLockSet(relations, []);
            default:
                return null;
        }
    }

    /// <summary>Whether all of the locks can be had now.</summary>
    public bool CanTake(EntryLockSet locks) =>
        !locks.Exclusive.Any(r => _exclusive.Contains(r) || _shared.ContainsKey(r)) && !locks.Shared.Any(_exclusive.Contains);

    /// <summary>Takes the locks, all or none.</summary>
    public bool TryTake(EntryLockSet locks)
    {
        if (!CanTake(locks))
            return false;
        _exclusive.UnionWith(locks.Exclusive);
        foreach (int relation in locks.Shared)
            _shared[relation] = _shared.GetValueOrDefault(relation) + 1;
        return true;
    }

    /// <summary>Gives the locks back.</summary>
    public void Release(EntryLockSet locks)
    {
        _exclusive.ExceptWith(locks.Exclusive);
        foreach (int relation in locks.Shared)
        {
            if (--_shared[relation] == 0)
                _shared.Remove(relation);
        }
    }
}
