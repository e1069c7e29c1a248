using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>What the entries of a dump need of each other, and which tables hang below which.</summary>
internal sealed class EntryGraph
{
    private readonly Dictionary<int, TocEntryRecord> _byId = [];
    private readonly Dictionary<int, List<int>> _children = [];
    private readonly Dictionary<int, int> _parents = [];

    /// <summary>Makes the graph.</summary>
    /// <param name="entries">All entries of an index, each with its number.</param>
    public EntryGraph(IEnumerable<TocEntryRecord> entries)
    {
        foreach (TocEntryRecord entry in entries)
            _byId.TryAdd(entry.Id!.Value, entry);
        foreach (TocEntryRecord entry in _byId.Values)
            AddChildren(entry);
    }

    /// <summary>Whether the entry is something with columns that a statement may lock.</summary>
    public static bool IsRelation(TocEntryRecord entry) => entry.Type is "TABLE" or "FOREIGN TABLE" or "VIEW" or "MATERIALIZED VIEW";

    /// <summary>The entry of this number; null when the dump does not hold it.</summary>
    public TocEntryRecord? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>What the entry needs, as far as the dump holds it.</summary>
    public IEnumerable<TocEntryRecord> Needs(TocEntryRecord entry) =>
        (entry.Dependencies ?? []).Select(Find).OfType<TocEntryRecord>();

    /// <summary>The relations the entry needs, by number.</summary>
    public IEnumerable<int> Relations(TocEntryRecord entry) => Needs(entry).Where(IsRelation).Select(e => e.Id!.Value);

    /// <summary>The number of the table that a table is a partition of; null when it is none.</summary>
    public int? ParentOf(int partition) => _parents.TryGetValue(partition, out int parent) ? parent : null;

    /// <summary>Partitions and inheritance children of a table, theirs as well.</summary>
    public IEnumerable<int> Descendants(int table)
    {
        var seen = new HashSet<int> { table };
        var open = new Queue<int>(seen);
        while (open.TryDequeue(out int next))
        {
            foreach (int child in _children.GetValueOrDefault(next) ?? [])
            {
                if (seen.Add(child))
                    open.Enqueue(child);
            }
        }

        seen.Remove(table);
        return seen;
    }

    // A partition needs its parent, an inheritance child too; TABLE ATTACH, which has the partition's name, needs both.
    private void AddChildren(TocEntryRecord entry)
    {
        if (entry.Type is not ("TABLE" or "FOREIGN TABLE" or "TABLE ATTACH"))
            return;
        TocEntryRecord[] tables = [.. Needs(entry).Where(e => e.Type is "TABLE" or "FOREIGN TABLE")];
        TocEntryRecord? child = entry.Type == "TABLE ATTACH" ? tables.FirstOrDefault(t => t.Name == entry.Name && t.Schema == entry.Schema) : entry;
        foreach (TocEntryRecord parent in tables.Where(t => child is not null && t != child))
        {
            if (!_children.TryGetValue(parent.Id!.Value, out List<int>? children))
                _children.Add(parent.Id.Value, children = []);
            children.Add(child!.Id!.Value);
            if (entry.Type == "TABLE ATTACH")
                _parents[child.Id.Value] = parent.Id.Value;
        }
    }
}
