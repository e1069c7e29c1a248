using System.Globalization;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>One section of pg_dump's plain output, split into its preamble and its entries.</summary>
internal sealed partial class SchemaSection
{
    /// <summary>Settings that pg_dump changes along the way, for all entries that follow.</summary>
    public static readonly string[] StatefulSettings = ["default_tablespace", "default_table_access_method", "default_with_oids"];

    private const string DependenciesStart = "-- Dependencies: ";

    private readonly List<TocEntry> _entries = [];
    private readonly List<string> _preamble = [];
    private readonly Dictionary<string, string> _settings = [];
    private readonly FrameKind _section;
    private int? _nextId;
    private int[] _nextDependencies = [];
    private int? _id;
    private int[] _dependencies = [];
    private EntryHeader? _header;
    private Dictionary<string, string> _headerSettings = [];
    private List<string> _statements = [];

    private SchemaSection(FrameKind section) => _section = section;

    /// <summary>Statements before the first entry: the session settings.</summary>
    public IReadOnlyList<string> Preamble => _preamble;

    /// <summary>The entries in pg_dump's order.</summary>
    public IReadOnlyList<TocEntry> Entries => _entries;

    /// <summary>Whether pg_dump's end marker was seen: without it the output is not whole.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads a section. Errors are the reader's.</summary>
    /// <param name="output">pg_dump's output.</param>
    /// <param name="section">PreData, or IndexesAndConstraints for post-data.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async Task<SchemaSection> ReadAsync(Stream output, FrameKind section, CancellationToken cancellationToken)
    {
        var result = new SchemaSection(section);
        using var reader = new SqlScriptReader(output);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (item.Kind == ScriptItemKind.Comment)
                result.TakeComment(item.Text.TrimEnd('\r'));
            else
                result.TakeStatement(item.Text);
        }

        result.EndEntry();
        return result;
    }

    private void TakeComment(string line)
    {
        if (line == DumpTail.EndMarker)
            IsComplete = true;
        if (IdPattern().Match(line) is { Success: true } number)
            _nextId = int.Parse(number.Groups["id"].ValueSpan, CultureInfo.InvariantCulture);
        else if (line.StartsWith(DependenciesStart, StringComparison.Ordinal))
            _nextDependencies = [.. line[DependenciesStart.Length..].Split(' ').Select(d => int.Parse(d, CultureInfo.InvariantCulture)).Distinct()];
        if (EntryHeader.Parse(line) is not { } header)
            return;
        EndEntry();
        (_id, _dependencies, _nextId, _nextDependencies) = (_nextId, _nextDependencies, null, []);
        _header = header;
        _headerSettings = new Dictionary<string, string>(_settings);
    }

    private void TakeStatement(string statement)
    {
        // pg_dump changes these before an entry's header, once for all entries that follow.
        if (StatementInfo.TryParseSet(statement, out string name, out _) && StatefulSettings.Contains(name))
        {
            _settings[name] = statement;
            return;
        }

        if (_header is null)
            _preamble.Add(statement);
        else
            _statements.Add(statement);
    }

    private void EndEntry()
    {
        if (_header is null)
            return;
        _entries.Add(new TocEntry
        {
            Id = _id,
            Dependencies = _dependencies,
            Name = _header.Name,
            Type = _header.Type,
            Schema = _header.Schema,
            Owner = _header.Owner,
            HeaderLine = _header.Line,
            Statements = _statements,
            Settings = _headerSettings,
            Frame = TocOrder.Frame(_header.Type, _header.Name, _section, _entries.Count > 0 ? _entries[^1].Frame : _section),
        });
        _header = null;
        _statements = [];
    }

    // pg_backup_archiver.c, _printTocEntry, when verbose: both lines stand above the header.
    [GeneratedRegex(@"^-- TOC entry (?<id>[0-9]{1,9}) \(class [0-9]+ OID [0-9]+\)$", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
