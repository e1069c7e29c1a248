using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Tests.Format;

/// <summary>Records with every field filled.</summary>
internal static class SampleRecords
{
    public static string Sum { get; } = new('a', 32);

    public static string Sha256 { get; } = new('b', 64);

    public static BackupManifest Manifest(string id, CompressionKind compression = CompressionKind.Gzip, string database = "app") => new()
    {
        Tool = "InMidst.Backup 0.0.0",
        Id = id,
        Kind = "dump",
        Series = new SeriesRecord("7390000000000000001", database),
        Source = new SourceRecord("db.example", 5433, "15.18 (Debian)", 150018),
        Started = SampleDump.Started,
        Completed = SampleDump.Started.AddSeconds(7),
        SnapshotLsn = "0/16B3748",
        Compression = compression,
        Totals = new TotalsRecord
        {
            Tables = 1, Rows = 3, DataBytes = 6, Sequences = 1, LargeObjects = 2, LargeObjectBytes = 5, LargeObjectChecksum = Sum,
            SkippedUnloggedTables = 4,
        },
        Tables = [new ManifestTable("public", "tëst \"x\"", 3, 6, Sum)],
        Database = Database,
        Requirements = new RequirementsRecord
        {
            Extensions = [new ExtensionRequirement("citext", "1.6")],
            Roles = ["owner", "reader"],
            Tablespaces = ["fast"],
            Locales = ["C.UTF-8"],
            PgDumpVersion = "15.18",
        },
    };

    public static DatabaseProperties Database { get; } = new()
    {
        Encoding = "UTF8",
        LocaleProvider = "icu",
        Collate = "C.UTF-8",
        CType = "C.UTF-8",
        Locale = "de-DE",
        IcuRules = "&a<b",
        CollationVersion = "153.120",
        Monetary = "de_DE.UTF-8",
        Owner = "owner",
        Privileges = ["GRANT CONNECT ON DATABASE {database} TO reader"],
        ConnectionLimit = 12,
        Tablespace = "fast",
        Comment = "two\nlines",
        Settings = ["search_path=\"$user\", public"],
        RoleSettings = [new RoleSetting("reader", "work_mem=1MB")],
    };

    public static DumpIndex Index(BackupManifest manifest, IReadOnlyList<FrameEntry> frames) => new()
    {
        Backup = manifest,
        Frames = [.. frames],
        Entries =
        [
            new TocEntryRecord
            {
                Name = "t", Type = "TABLE", Schema = "public", Owner = "owner", Frame = FrameKind.PreData,
                Settings = new Dictionary<string, string> { ["default_tablespace"] = "SET default_tablespace = fast" },
            },
        ],
        Tables =
        [
            new TableRecord
            {
                Schema = "public", Name = "t", Columns = ["id"], Rows = 3, Bytes = 6, Checksum = Sum, Filter = "WHERE id > 0",
                RootSchema = "public", RootName = "root",
            },
        ],
        Sequences = [new SequenceRecord { Schema = "public", Name = "s", LastValue = long.MaxValue, IsCalled = true }],
        MaterializedViews = [new MaterializedViewRecord { Schema = "public", Name = "m", IsPopulated = true }],
        NotValidConstraints = ["public.t.positive"],
    };

    public static VerificationProof Proof(string sha256) => new()
    {
        Tool = "InMidst.Backup 0.0.0",
        Id = SampleDump.Id,
        DataSha256 = sha256,
        Level = "Restore",
        Verdict = "Passed",
        Tested = SampleDump.Started.AddDays(1),
        ServerVersion = "15.18",
        Tables = 1,
        Rows = 3,
        Findings = ["nothing to say"],
    };
}
