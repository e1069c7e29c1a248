using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>How much a dump holds of each table, to begin with what takes longest.</summary>
internal sealed class TableSizes
{
    private readonly Dictionary<int, long> _sizes = [];

    /// <summary>Makes the list.</summary>
    /// <param name="index">The index, with a number for every entry.</param>
    /// <param name="graph">Its entries.</param>
    public TableSizes(DumpIndex index, EntryGraph graph)
    {
        ILookup<(string?, string), TableRecord> records = index.Tables.ToLookup(RestoreSelection.Key);
        foreach (TocEntryRecord entry in index.Entries.Where(e => e.Type == "TABLE"))
            _sizes[entry.Id!.Value] = records[RestoreSelection.Key(entry)].Sum(t => t.Bytes);

        // What is done to a parent is done to its partitions.
        var own = new Dictionary<int, long>(_sizes);
        foreach (int table in own.Keys)
            _sizes[table] = own[table] + graph.Descendants(table).Sum(own.GetValueOrDefault);
    }

    /// <summary>Bytes of the rows of a table and its partitions, by the table's number.</summary>
    public long Of(int table) => _sizes.GetValueOrDefault(table);
}
