using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// All that is restored when some objects are chosen: what they need, so that they can be made at all, and what belongs to them. What
/// refers to a table that is not restored is left out.
/// </summary>
internal sealed class SelectionClosure
{
    private const int NamedAtMost = 20;

    private readonly IReadOnlyList<TocEntryRecord> _all;
    private readonly EntryGraph _graph;
    private readonly HashSet<TocEntryRecord> _leftOut = [];

    /// <summary>Begins with what was chosen and what that needs.</summary>
    /// <param name="all">All entries, in the order of the dump.</param>
    /// <param name="graph">The same.</param>
    /// <param name="roots">What was chosen. Partitions of a table are chosen with it.</param>
    public SelectionClosure(IReadOnlyList<TocEntryRecord> all, EntryGraph graph, IReadOnlyList<TocEntryRecord> roots)
    {
        _all = all;
        _graph = graph;
        var tables = roots.Where(IsTable).Select(e => e.Id!.Value).ToHashSet();
        Chosen = [.. tables, .. all.Where(e => IsTable(e) && Ancestors(e.Id!.Value).Any(tables.Contains)).Select(e => e.Id!.Value)];
        foreach (TocEntryRecord root in roots.Concat(Chosen.Select(id => graph.Find(id)!)))
            Include(root);
    }

    /// <summary>Numbers of the entries that are restored.</summary>
    public HashSet<int> Entries { get; } = [];

    /// <summary>Numbers of the tables that are restored with their rows and all that belongs to them.</summary>
    public HashSet<int> Chosen { get; }

    /// <summary>Whether an entry is a part of another one, and never chosen by itself.</summary>
    public static bool IsPart(TocEntryRecord entry) => entry.Type switch
    {
        "COMMENT" or "SECURITY LABEL" or "ACL" or "ACL LANGUAGE" or "INDEX ATTACH" or "TABLE ATTACH" or "SEQUENCE OWNED BY" or "DEFAULT" => true,
        "MATERIALIZED VIEW DATA" or "CAST" or "TRANSFORM" => true,
        _ when entry.Type.StartsWith("PUBLICATION", StringComparison.Ordinal) || entry.Type.StartsWith("SUBSCRIPTION", StringComparison.Ordinal) => true,
        _ => IsOfTable(entry),
    };

    /// <summary>Adds what belongs to what is restored, and what that needs, until nothing is missing.</summary>
    /// <param name="withViews">Whether materialised views are filled.</param>
    public void Complete(bool withViews)
    {
        bool added;
        do
        {
            added = false;
            foreach (TocEntryRecord entry in _all.Where(e => !Entries.Contains(e.Id!.Value) && Belongs(e) && (withViews || e.Type != "MATERIALIZED VIEW DATA")))
            {
                if (IsComplete(entry))
                    added |= Include(entry);
                else
                    _leftOut.Add(entry);
            }
        }
        while (added);
        _leftOut.RemoveWhere(e => Entries.Contains(e.Id!.Value));
    }

    /// <summary>What a user should know of what is not restored.</summary>
    /// <param name="withRows">Whether rows are restored at all.</param>
    public IEnumerable<string> Describe(bool withRows)
    {
        TocEntryRecord[] alone = [.. Chosen.Where(id => _graph.ParentOf(id) is { } parent && !Chosen.Contains(parent)).Select(id => _graph.Find(id)!)];
        if (alone.Length > 0)
            yield return $"Restored as tables of their own, without the foreign keys and triggers of the table they are partitions of: {Names(alone)}.";
        TocEntryRecord[] empty = [.. Entries.Select(id => _graph.Find(id)!).Where(e => e.Type == "TABLE" && !Chosen.Contains(e.Id!.Value))];
        if (empty.Length > 0 && withRows)
            yield return $"Restored without rows, only because others need them: {Names(empty)}.";
        TocEntryRecord[] hollow = [.. _leftOut.Where(e => e.Type == "MATERIALIZED VIEW DATA")];
        if (hollow.Length > 0)
            yield return $"Not filled, because they read tables that are restored without rows: {Names(hollow)}.";
        TocEntryRecord[] others = [.. _leftOut.Where(e => e.Type != "MATERIALIZED VIEW DATA" && IsOfTable(e) && IsOwn(e))];
        if (others.Length > 0)
            yield return $"Left out, because they refer to tables that are not restored: {Names(others)}.";
    }

    private static bool IsTable(TocEntryRecord entry) => entry.Type is "TABLE" or "FOREIGN TABLE";

    private static bool IsOfTable(TocEntryRecord entry) => entry.Type is "INDEX" or "CONSTRAINT" or "CHECK CONSTRAINT" or "FK CONSTRAINT"
        or "TRIGGER" or "RULE" or "STATISTICS" or "POLICY" or "ROW SECURITY";

    private static string Names(IReadOnlyCollection<TocEntryRecord> entries)
    {
        string names = string.Join(", ", entries.Take(NamedAtMost).Select(e => IsTable(e) ? $"{e.Schema}.{e.Name}" : $"{e.Type} {e.Schema}.{e.Name}"));
        return entries.Count > NamedAtMost ? $"{names} and {entries.Count - NamedAtMost} more" : names;
    }

    private IEnumerable<int> Ancestors(int table)
    {
        for (int? parent = _graph.ParentOf(table); parent is not null; parent = _graph.ParentOf(parent.Value))
            yield return parent.Value;
    }

    private bool Include(TocEntryRecord entry)
    {
        if (!Entries.Add(entry.Id!.Value))
            return false;
        foreach (TocEntryRecord needed in _graph.Needs(entry).Where(n => Follows(entry, n)))
            Include(needed);
        return true;
    }

    /// <summary>Whether the entry cannot be made without what it needs. Some of what pg_dump lists is only of use when it is there.</summary>
    private bool Follows(TocEntryRecord entry, TocEntryRecord needed) => entry.Type switch
    {
        // A sequence needs no owner; a partition is made as a table and attached later, and so are its indexes.
        "SEQUENCE" => !EntryGraph.IsRelation(needed),
        "TABLE" or "FOREIGN TABLE" => _graph.ParentOf(entry.Id!.Value) != needed.Id,
        "INDEX" or "CONSTRAINT" => needed.Type is not ("INDEX" or "CONSTRAINT"),
        _ => true,
    };

    /// <summary>Whether the entry is a part of something that is restored.</summary>
    private bool Belongs(TocEntryRecord entry)
    {
        TocEntryRecord[] needs = [.. _graph.Needs(entry)];
        switch (entry.Type)
        {
            case "COMMENT" or "SECURITY LABEL" or "ACL" or "ACL LANGUAGE" or "MATERIALIZED VIEW DATA" or "SEQUENCE OWNED BY":
                return needs.Any(IsIncluded);
            case "INDEX ATTACH" or "TABLE ATTACH" or "CAST" or "TRANSFORM":
                return needs.Length > 0 && needs.All(IsIncluded);
            case "SEQUENCE" or "DEFAULT":
                return needs.Any(n => Chosen.Contains(n.Id!.Value) || (n.Type == "VIEW" && IsIncluded(n)));
            default:
                return IsOfTable(entry) && needs.Any(IsWhole);
        }
    }

    /// <summary>Whether everything the entry refers to is restored.</summary>
    private bool IsComplete(TocEntryRecord entry)
    {
        IEnumerable<TocEntryRecord> relations = _graph.Needs(entry).Where(EntryGraph.IsRelation);
        return entry.Type switch
        {
            "FK CONSTRAINT" => relations.All(r => Chosen.Contains(r.Id!.Value)),
            "SEQUENCE OWNED BY" => _graph.Needs(entry).SelectMany(_graph.Needs).Where(EntryGraph.IsRelation).All(IsIncluded),
            "MATERIALIZED VIEW DATA" => relations.All(r => IsIncluded(r) && !ReadsEmptyTable(r)),
            _ => relations.All(IsIncluded),
        };
    }

    private bool ReadsEmptyTable(TocEntryRecord view) => _graph.Needs(view).Where(EntryGraph.IsRelation)
        .Any(r => IsTable(r) ? !Chosen.Contains(r.Id!.Value) : ReadsEmptyTable(r));

    private bool IsIncluded(TocEntryRecord entry) => Entries.Contains(entry.Id!.Value);

    private bool IsWhole(TocEntryRecord entry) => IsTable(entry) ? Chosen.Contains(entry.Id!.Value)
        : entry.Type is "VIEW" or "MATERIALIZED VIEW" or "DOMAIN" && IsIncluded(entry);

    // pg_dump's tag of what belongs to a table begins with the table's name.
    private bool IsOwn(TocEntryRecord entry) => _graph.Needs(entry).Where(IsWhole).Any(t =>
        t.Schema == entry.Schema && entry.Name.StartsWith(t.Name + " ", StringComparison.Ordinal));
}
