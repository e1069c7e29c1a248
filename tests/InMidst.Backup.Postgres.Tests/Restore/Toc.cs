using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Restore;

/// <summary>A table of contents written down in lines such as <c>9 INDEX public.i &lt; 3 4</c>.</summary>
internal static class Toc
{
    public static List<TocEntryRecord> Parse(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseLine)];

    public static RestoreEntry Entry(TocEntryRecord record, int position = 0, int statements = 1) => new()
    {
        Record = record,
        Position = position,
        Settings = new Dictionary<string, ScriptItem>(),
        Statements = [.. Enumerable.Range(0, statements).Select(i => new ScriptItem(ScriptItemKind.Statement, $"SELECT {i}", 1))],
    };

    /// <summary>An index that holds these entries, and rows of every table among them.</summary>
    public static DumpIndex Index(IReadOnlyList<TocEntryRecord> entries)
    {
        TableRecord[] tables = [.. entries.Where(e => e.Type == "TABLE").Select(e => new TableRecord
        {
            Schema = e.Schema!, Name = e.Name, Columns = ["a"], Rows = 1, Bytes = 100 * e.Id!.Value, Checksum = new string('0', 32),
        })];
        return new DumpIndex
        {
            Backup = Manifest(),
            Frames = [.. tables.Select((_, i) => new FrameEntry { Kind = FrameKind.Data, Offset = i, Length = 1, RawLength = 1, Hash = "", Table = i, Rows = 1 })],
            Entries = entries,
            Tables = tables,
            Sequences = [.. entries.Where(e => e.Type == "SEQUENCE").Select(e => new SequenceRecord { Schema = e.Schema!, Name = e.Name, LastValue = 1, IsCalled = true })],
            MaterializedViews = [],
            NotValidConstraints = [],
        };
    }

    private static TocEntryRecord ParseLine(string line)
    {
        string[] halves = line.Split(" < ");
        string[] words = halves[0].Split(' ', StringSplitOptions.TrimEntries);
        int end = 1;
        while (end < words.Length && words[end].All(c => char.IsAsciiLetterUpper(c)))
            end++;
        string name = string.Join(' ', words[end..]);
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string type = string.Join(' ', words[1..end]);
        return new TocEntryRecord
        {
            Id = int.Parse(words[0]),
            Type = type,
            Schema = dot < 0 ? null : name[..dot],
            Name = name[(dot + 1)..],
            Frame = Frame(type),
            Dependencies = halves.Length < 2 ? null : [.. halves[1].Split(' ').Select(int.Parse)],
        };
    }

    private static FrameKind Frame(string type) => type switch
    {
        "INDEX" or "INDEX ATTACH" or "CONSTRAINT" or "CHECK CONSTRAINT" or "TRIGGER" or "RULE" or "STATISTICS" or "PUZZLE" => FrameKind.IndexesAndConstraints,
        "FK CONSTRAINT" => FrameKind.ForeignKeys,
        "POLICY" or "ROW SECURITY" => FrameKind.Policies,
        "ACL" => FrameKind.Privileges,
        "MATERIALIZED VIEW DATA" => FrameKind.MaterializedViews,
        _ => FrameKind.PreData,
    };

    private static BackupManifest Manifest() => new()
    {
        Tool = "test",
        Id = "test_20260101_000000",
        Kind = "dump",
        Series = new SeriesRecord("1", "test"),
        Source = new SourceRecord("host", 5432, "15.1", 150001),
        Started = default,
        Completed = default,
        Compression = CompressionKind.Gzip,
        Totals = new TotalsRecord
        {
            Tables = 0, Rows = 0, DataBytes = 0, Sequences = 0, LargeObjects = 0, LargeObjectBytes = 0, LargeObjectChecksum = "",
        },
        Database = new DatabaseProperties { Encoding = "UTF8", LocaleProvider = "libc", Collate = "C", CType = "C", Monetary = "C", Owner = "o", Tablespace = "pg_default" },
        Requirements = new RequirementsRecord { PgDumpVersion = "15.1" },
    };
}
