using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The order in which indexes, constraints, triggers and the like are made: each after what it needs, none beside one that locks what
/// it locks, the largest first. What is not known is made in the order of the dump, and alone.
/// </summary>
internal sealed class EntrySchedule : IWorkSchedule<EntryUnit>
{
    private readonly EntryGraph _graph;
    private readonly EntryLocks _locks = new();
    private readonly List<EntryUnit> _units = [];
    private readonly Dictionary<int, EntryUnit> _byId = [];
    private readonly SortedSet<EntryUnit> _ready = new(Comparer<EntryUnit>.Create(Compare));
    private readonly int _workers;
    private int _left;
    private int _running;

    /// <summary>Makes the schedule.</summary>
    /// <param name="entries">What is to be made, in the order of the dump.</param>
    /// <param name="graph">All entries of the dump: those that are not to be made are there already.</param>
    /// <param name="sizeOf">Bytes of a relation, by its number.</param>
    /// <param name="workers">How many work.</param>
    public EntrySchedule(IEnumerable<RestoreEntry> entries, EntryGraph graph, Func<int, long> sizeOf, int workers)
    {
        _graph = graph;
        _workers = workers;
        foreach (RestoreEntry entry in entries)
            Add(entry, sizeOf);
        EntryUnit? alone = null;
        foreach (EntryUnit unit in _units)
        {
            foreach (EntryUnit needed in Needed(unit))
                Wait(unit, needed);
            if (unit.IsAlone)
            {
                foreach (EntryUnit before in _units.Skip(alone?.Order ?? 0).TakeWhile(u => u != unit))
                    Wait(unit, before);
                alone = unit;
            }
            else if (alone is not null)
            {
                Wait(unit, alone);
            }
        }

        _left = _units.Count;
        _ready.UnionWith(_units.Where(u => u.WaitsFor == 0));
    }

    /// <inheritdoc/>
    public bool IsFinished => _left == 0;

    /// <summary>How many there are.</summary>
    public int Count => _units.Count;

    /// <inheritdoc/>
    public EntryUnit? Take(int worker)
    {
        EntryUnit? unit = _ready.FirstOrDefault(u => _locks.TryTake(u.Locks));
        if (unit is null)
            return null;
        _ready.Remove(unit);
        _running++;
        unit.LeavesOthersIdle = _running < _workers && !_ready.Any(u => _locks.CanTake(u.Locks));
        return unit;
    }

    /// <inheritdoc/>
    public void Done(EntryUnit job)
    {
        _locks.Release(job.Locks);
        _left--;
        _running--;
        foreach (EntryUnit waiting in job.Dependents)
        {
            if (--waiting.WaitsFor == 0)
                _ready.Add(waiting);
        }
    }

    private static int Compare(EntryUnit x, EntryUnit y)
    {
        // Foreign keys are checked with the indexes of both tables, so those come first.
        int byFrame = x.Entries[0].Record.Frame.CompareTo(y.Entries[0].Record.Frame);
        int bySize = byFrame != 0 ? byFrame : y.Size.CompareTo(x.Size);
        return bySize != 0 ? bySize : x.Order.CompareTo(y.Order);
    }

    private static void Wait(EntryUnit unit, EntryUnit needed)
    {
        needed.Dependents.Add(unit);
        unit.WaitsFor++;
    }

    private void Add(RestoreEntry entry, Func<int, long> sizeOf)
    {
        // A comment goes with what it is about.
        if (entry.Record.Type is "COMMENT" or "SECURITY LABEL"
            && (entry.Record.Dependencies ?? []).Select(_byId.GetValueOrDefault).FirstOrDefault(u => u is not null) is { } subject)
        {
            subject.Follow(entry);
            return;
        }

        var unit = new EntryUnit(entry, _units.Count, EntryLocks.Find(entry, _graph), _graph.Relations(entry.Record).Distinct().Sum(sizeOf));
        _units.Add(unit);
        _byId[entry.Record.Id!.Value] = unit;
    }

    /// <summary>
    /// The units that come before one. What it needs but nothing makes (an entry without statements) stands for what that needs. The
    /// dump is in an order in which everything can be made: what stands behind cannot be needed.
    /// </summary>
    private HashSet<EntryUnit> Needed(EntryUnit unit)
    {
        var needed = new HashSet<EntryUnit>();
        var seen = new HashSet<int>();
        var open = new Queue<TocEntryRecord>(unit.Entries.Select(e => e.Record));
        while (open.TryDequeue(out TocEntryRecord? record))
        {
            foreach (TocEntryRecord next in _graph.Needs(record).Where(n => seen.Add(n.Id!.Value)))
            {
                // What is in pre-data is there already, with all it needs.
                if (!_byId.TryGetValue(next.Id!.Value, out EntryUnit? other) && next.Frame != FrameKind.PreData)
                    open.Enqueue(next);
                else if (other?.Order < unit.Order)
                    needed.Add(other);
            }
        }

        return needed;
    }
}
