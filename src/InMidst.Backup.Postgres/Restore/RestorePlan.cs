using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// All that a restore of one of our dumps will do, but for the rows: its schema is read, checked and split before anything is made.
/// </summary>
internal sealed class RestorePlan
{
    private static readonly FrameKind[] Parallel = [FrameKind.IndexesAndConstraints, FrameKind.ForeignKeys];
    private static readonly FrameKind[] Serial = [FrameKind.Policies, FrameKind.Privileges, FrameKind.MaterializedViews];

    private readonly FrameSource _source;
    private readonly RestoreOptions _options;
    private readonly DatabaseText _text;
    private readonly List<ScriptItem> _header = [];
    private readonly List<ScriptItem> _dataSettings = [];
    private readonly Dictionary<FrameKind, List<RestoreEntry>> _entries = [];

    private RestorePlan(FrameSource source, RestoreSelection selection, RestoreOptions options)
    {
        _source = source;
        Selection = selection;
        _options = options;
        _text = new DatabaseText(source.Index.Backup.Database!.Encoding);
    }

    /// <summary>What of the dump is restored.</summary>
    public RestoreSelection Selection { get; }

    /// <summary>The session's settings.</summary>
    public IReadOnlyList<ScriptItem> Header => _header;

    /// <summary>What is made before the rows, one after another.</summary>
    public IReadOnlyList<RestoreEntry> PreData => Entries([FrameKind.PreData]);

    /// <summary>Settings under which rows are loaded, and nothing else.</summary>
    public IReadOnlyList<ScriptItem> DataSettings => _dataSettings;

    /// <summary>What is made side by side after the rows.</summary>
    public IReadOnlyList<RestoreEntry> SideBySide => Entries(Parallel);

    /// <summary>What is made one after another when tables are complete: materialised views are filled by it.</summary>
    public IReadOnlyList<RestoreEntry> Serially => Entries(Serial);

    /// <summary>What is made last, one after another: nothing of ours may set them off.</summary>
    public IReadOnlyList<RestoreEntry> EventTriggers => Entries([FrameKind.EventTriggers]);

    /// <summary>All statements of entries that will be run.</summary>
    public IEnumerable<RestoreEntry> AllEntries => _entries.Values.SelectMany(e => e);

    /// <summary>Bytes of the dump that a restore reads.</summary>
    public static long CountBytes(DumpIndex index, RestoreSelection selection) => index.Frames.Where(selection.Includes).Sum(f => f.Length);

    /// <summary>Reads the schema.</summary>
    /// <param name="source">The dump.</param>
    /// <param name="selection">What of it is wanted.</param>
    /// <param name="options">What of each entry is wanted.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="BackupException">BackupCorrupt, naming the frame.</exception>
    public static async Task<RestorePlan> ReadAsync(
        FrameSource source, RestoreSelection selection, RestoreOptions options, CancellationToken cancellationToken)
    {
        var plan = new RestorePlan(source, selection, options);
        foreach (FrameEntry frame in source.Index.Frames.Where(f => selection.Includes(f)))
        {
            if (frame.Kind == FrameKind.Header)
                await source.ReadAsync(frame, (script, _) => plan.ReadHeaderAsync(script, cancellationToken), cancellationToken).ConfigureAwait(false);
            else if (frame.Kind is not (FrameKind.Data or FrameKind.Sequences or FrameKind.LargeObjects))
                await source.ReadAsync(frame, (script, _) => plan.ReadEntriesAsync(script, frame.Kind, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        return plan;
    }

    /// <summary>The frames of a kind that are restored.</summary>
    public IEnumerable<FrameEntry> Frames(FrameKind kind) => _source.Index.Frames.Where(f => f.Kind == kind && Selection.Includes(f));

    /// <summary>The statements of the frame that sets the values of sequences, as far as those are restored.</summary>
    /// <param name="script">The frame's text.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<List<ScriptItem>> ReadSequencesAsync(Stream script, CancellationToken cancellationToken)
    {
        List<ScriptItem> statements = await ReadStatementsAsync(script, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SequenceRecord> sequences = _source.Index.Sequences;
        int next = 0;
        List<ScriptItem> wanted = [.. statements.Where(s =>
            StatementInfo.Classify(s.Text) != StatementClass.SequenceValue || (next++ is var i && i < sequences.Count && Selection.Includes(sequences[i])))];
        return next == sequences.Count ? wanted : throw new BackupException(ErrorIds.BackupCorrupt, string.Create(CultureInfo.InvariantCulture,
            $"{_source.Name} sets {next} sequences; its index knows {sequences.Count}."), target: _source.Name);
    }

    private static async Task<List<ScriptItem>> ReadStatementsAsync(Stream script, CancellationToken cancellationToken)
    {
        var statements = new List<ScriptItem>();
        using var reader = new SqlScriptReader(script);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (item.Kind == ScriptItemKind.Statement)
                statements.Add(item);
        }

        return statements;
    }

    private List<RestoreEntry> Entries(FrameKind[] kinds) => [.. kinds.SelectMany(k => _entries.GetValueOrDefault(k) ?? [])];

    private async Task ReadHeaderAsync(Stream script, CancellationToken cancellationToken) =>
        _header.AddRange(await ReadStatementsAsync(script, cancellationToken).ConfigureAwait(false));

    private async Task ReadEntriesAsync(Stream script, FrameKind kind, CancellationToken cancellationToken)
    {
        SchemaFrame frame = await SchemaFrame.ReadAsync(script, kind, _source.Index.Entries, _text, cancellationToken).ConfigureAwait(false);
        if (kind == FrameKind.PreData)
            _dataSettings.AddRange(frame.Outside);
        if (!_entries.TryGetValue(kind, out List<RestoreEntry>? entries))
            _entries.Add(kind, entries = []);
        entries.AddRange(frame.Entries.Where(e => Selection.Includes(e.Record)).Select(Filter));
    }

    private RestoreEntry Filter(RestoreEntry entry)
    {
        var filter = new StatementFilter(_options);
        filter.Enter(entry.Record.Type);
        return entry with
        {
            Settings = entry.Settings.Where(s => filter.Keeps(s.Value)).ToDictionary(),
            Statements = [.. entry.Statements.Where(filter.Keeps)],
        };
    }
}
