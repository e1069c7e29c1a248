using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>A frame of the schema, split into the entries of the index again.</summary>
internal sealed class SchemaFrame
{
    private readonly FrameKind _kind;
    private readonly IReadOnlyList<TocEntryRecord> _records;
    private readonly DatabaseText _text;
    private readonly List<RestoreEntry> _entries = [];
    private readonly List<ScriptItem> _outside = [];
    private readonly Dictionary<string, ScriptItem> _settings = [];
    private List<ScriptItem>? _statements;
    private int _next;

    private SchemaFrame(FrameKind kind, IReadOnlyList<TocEntryRecord> records, DatabaseText text) =>
        (_kind, _records, _text) = (kind, records, text);

    /// <summary>The entries that have statements, in their order.</summary>
    public IReadOnlyList<RestoreEntry> Entries => _entries;

    /// <summary>Statements that belong to no entry: a frame may set what those behind it rely on.</summary>
    public IReadOnlyList<ScriptItem> Outside => _outside;

    /// <summary>Reads the frame.</summary>
    /// <param name="script">Its text.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="records">All entries of the index.</param>
    /// <param name="text">Converts the names in the script to those in the index.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="BackupException">BackupCorrupt: index and frame are not of one dump.</exception>
    public static async Task<SchemaFrame> ReadAsync(
        Stream script, FrameKind kind, IReadOnlyList<TocEntryRecord> records, DatabaseText text, CancellationToken cancellationToken)
    {
        var frame = new SchemaFrame(kind, records, text);
        using var reader = new SqlScriptReader(script);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (item.Kind == ScriptItemKind.Comment)
                frame.TakeComment(item.Text);
            else
                frame.TakeStatement(item);
        }

        return frame;
    }

    private void TakeComment(string comment)
    {
        if (EntryHeader.Parse(comment) is not { } header)
            return;
        int position = Find(header);
        _statements = [];
        _entries.Add(new RestoreEntry
        {
            Record = _records[position], Position = position, Settings = new Dictionary<string, ScriptItem>(_settings), Statements = _statements,
        });
        _next = position + 1;
    }

    private void TakeStatement(ScriptItem item)
    {
        bool sets = StatementInfo.TryParseSet(item.Text, out string name, out _);
        if (sets && SchemaSection.StatefulSettings.Contains(name))
            _settings[name] = item;
        else if (_statements is null || (sets && name == "lc_monetary"))
            _outside.Add(item);
        else
            _statements.Add(item);
    }

    /// <summary>Entries stand in the frame in the order of the index; those without statements are not in it.</summary>
    private int Find(EntryHeader header)
    {
        string name = _text.Decode(header.Name);
        string? schema = header.Schema is null ? null : _text.Decode(header.Schema);
        for (int i = _next; i < _records.Count; i++)
        {
            TocEntryRecord record = _records[i];
            if (record.Frame == _kind && record.Type == header.Type && record.Name == name && record.Schema == schema)
                return i;
        }

        throw new BackupException(ErrorIds.BackupCorrupt, $"The frame {_kind} holds {header.Type} {name}, of which the index does not know.");
    }
}
