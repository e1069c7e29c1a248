using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>What of a dump is restored: which entries, the rows of which tables, the values of which sequences.</summary>
internal sealed class RestoreSelection
{
    private readonly DumpIndex _index;
    private readonly HashSet<int>? _entries;
    private readonly HashSet<(string?, string)>? _tables;
    private readonly HashSet<(string?, string)>? _made;
    private readonly HashSet<(string?, string)>? _sequences;
    private readonly bool _schemaOnly;

    private RestoreSelection(DumpIndex index, EntryGraph graph, SelectionClosure? closure, bool schemaOnly)
    {
        _index = index;
        _schemaOnly = schemaOnly;
        Graph = graph;
        if (closure is null)
            return;
        _entries = closure.Entries;
        _tables = [.. closure.Chosen.Select(id => Key(graph.Find(id)!))];
        _made = [.. closure.Entries.Select(id => graph.Find(id)!).Where(e => e.Type == "TABLE").Select(Key)];
        _sequences = [.. closure.Entries.Select(id => graph.Find(id)!).Where(e => e.Type == "SEQUENCE").Select(Key)];
    }

    /// <summary>All entries and what they need of each other.</summary>
    public EntryGraph Graph { get; }

    /// <summary>Whether every object is restored.</summary>
    public bool IsEverything => _entries is null;

    /// <summary>Whether large objects are restored. They belong to no table and no schema.</summary>
    public bool HasLargeObjects => IsEverything && !_schemaOnly;

    /// <summary>Chooses.</summary>
    /// <param name="index">The index of the dump, with a number for every entry.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="warn">Told what had to be left out.</param>
    /// <exception cref="BackupException">NotInBackup, with the patterns that fit nothing.</exception>
    public static RestoreSelection Make(DumpIndex index, RestoreOptions options, Action<string> warn)
    {
        var graph = new EntryGraph(index.Entries);
        if (!options.ChoosesObjects)
            return new RestoreSelection(index, graph, null, options.SchemaOnly);
        var closure = new SelectionClosure(index.Entries, graph, FindRoots(index, options));
        closure.Complete(withViews: !options.SchemaOnly);
        foreach (string message in closure.Describe(withRows: !options.SchemaOnly))
            warn(message);
        return new RestoreSelection(index, graph, closure, options.SchemaOnly);
    }

    /// <summary>Whether the entry is restored.</summary>
    public bool Includes(TocEntryRecord entry) =>
        _entries?.Contains(entry.Id!.Value) != false && !(_schemaOnly && entry.Type == "MATERIALIZED VIEW DATA");

    /// <summary>Whether the frame is read at all.</summary>
    public bool Includes(FrameEntry frame) => frame.Kind switch
    {
        FrameKind.Data => frame.Table is not { } table ? IsEverything && !_schemaOnly : Includes(_index.Tables[table]),
        FrameKind.LargeObjects => HasLargeObjects,
        FrameKind.Sequences => !_schemaOnly && _sequences?.Count != 0,
        FrameKind.Header => true,
        _ => IsEverything || _index.Entries.Any(e => e.Frame == frame.Kind && Includes(e)),
    };

    /// <summary>Whether the table's rows are restored.</summary>
    public bool Includes(TableRecord table) => !_schemaOnly && _tables?.Contains(Key(table)) != false;

    /// <summary>Whether the sequence's value is restored.</summary>
    public bool Includes(SequenceRecord sequence) => !_schemaOnly && _sequences?.Contains((sequence.Schema, Line(sequence.Name))) != false;

    /// <summary>Whether rows that the dump loads through their partition root go into their table itself, because the root is not there.</summary>
    public bool LoadsDirectly(TableRecord table) =>
        table.RootName is not null && _made?.Contains((table.RootSchema, Line(table.RootName))) == false;

    /// <summary>What an entry and the record of a table or sequence have in common.</summary>
    public static (string? Schema, string Name) Key(TocEntryRecord entry) => (entry.Schema, entry.Name);

    /// <summary>The same of a table's record.</summary>
    public static (string? Schema, string Name) Key(TableRecord table) => (table.Schema, Line(table.Name));

    // pg_dump writes names on one line (dumputils.c, sanitize_line).
    private static string Line(string name) => name.Replace('\n', ' ').Replace('\r', ' ');

    private static List<TocEntryRecord> FindRoots(DumpIndex index, RestoreOptions options)
    {
        var found = new HashSet<NamePattern>();
        List<TocEntryRecord> roots = [.. index.Entries.Where(e => IsInSchema(e) & IsTable(e))];
        string[] missing = [.. (options.Tables ?? []).Concat(options.Schemas ?? []).Where(p => !found.Contains(p)).Select(p => $"'{p.Text}'")];
        if (missing.Length > 0 || roots.Count == 0)
        {
            throw new BackupException(ErrorIds.NotInBackup, missing.Length > 0
                ? $"The backup of '{index.Backup.Series.Database}' holds no table or schema {string.Join(", ", missing)}."
                : $"The backup of '{index.Backup.Series.Database}' holds no such table in these schemas.", target: index.Backup.Id);
        }

        return roots;

        bool IsInSchema(TocEntryRecord e) => options.Schemas is null || (SchemaOf(e) is { } schema && Any(options.Schemas, p => p.Matches(schema)));

        // A table may have a dot in its name, but whoever writes a dot mostly means a schema.
        bool IsTable(TocEntryRecord e) => options.Tables is null ? !SelectionClosure.IsPart(e)
            : e.Type is "TABLE" or "FOREIGN TABLE" && Any(options.Tables, p => p.Matches(HasSchema(p) ? $"{e.Schema}.{e.Name}" : e.Name) || p.Text == e.Name);

        bool Any(IReadOnlyList<NamePattern> patterns, Func<NamePattern, bool> matches)
        {
            NamePattern[] fitting = [.. patterns.Where(matches)];
            found.UnionWith(fitting);
            return fitting.Length > 0;
        }
    }

    private static bool HasSchema(NamePattern pattern) => pattern.Text.Contains('.', StringComparison.Ordinal);

    private static string? SchemaOf(TocEntryRecord entry) => entry.Type == "SCHEMA" ? entry.Name : entry.Schema;
}
