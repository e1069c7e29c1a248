using System.Globalization;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Puts together the index of a dump that has just been written, and in it the manifest.</summary>
internal static class DumpDescription
{
    public static async Task<DumpIndex> MakeAsync(
        SourceSession session, DumpScript script, DumpFileWriter writer, DumpOptions options, string id, string pgDumpVersion,
        DateTimeOffset started, TimeProvider clock, CancellationToken cancellationToken)
    {
        DatabaseText text = session.Text;
        DatabaseProperties properties = await DatabasePropertiesReader.ReadAsync(
            session.Connection, session.Identity.Major, text, database: null, cancellationToken).ConfigureAwait(false);
        RequirementsRecord requirements = await ReadRequirementsAsync(session, script, pgDumpVersion, cancellationToken).ConfigureAwait(false);
        var manifest = new BackupManifest
        {
            Tool = options.Tool,
            Id = id,
            Kind = "dump",
            Series = new SeriesRecord(session.Identity.SystemIdentifier?.ToString(CultureInfo.InvariantCulture), options.Database),
            Source = new SourceRecord(options.Address.Host, options.Address.Port, session.Identity.Version, session.Identity.VersionNumber),
            Started = started,
            Completed = clock.GetUtcNow(),
            SnapshotLsn = session.SnapshotLsn,
            Compression = options.Compression,
            Totals = Totals(session, script),
            Tables = script.Tables.Count > BackupManifest.MaximumTables
                ? []
                : [.. script.Tables.Select(t => new ManifestTable(t.Schema, t.Name, t.Rows, t.Bytes, t.Checksum))],
            Database = properties,
            Requirements = requirements,
        };
        return new DumpIndex
        {
            Backup = manifest,
            Frames = [.. writer.Frames],
            Entries = [.. script.Entries.Select(e => Record(e, text))],
            Tables = script.Tables,
            Sequences = script.Sequences,
            MaterializedViews = await SourceFacts.ReadMaterializedViewsAsync(session.Connection, text, cancellationToken).ConfigureAwait(false),
            NotValidConstraints = await SourceFacts.ReadNotValidConstraintsAsync(session.Connection, text, cancellationToken).ConfigureAwait(false),
        };
    }

    private static TotalsRecord Totals(SourceSession session, DumpScript script) => new()
    {
        Tables = script.Tables.Count,
        Rows = script.Tables.Sum(t => t.Rows),
        DataBytes = script.Tables.Sum(t => t.Bytes),
        Sequences = script.Sequences.Count,
        LargeObjects = script.LargeObjectSummary.Count,
        LargeObjectBytes = script.LargeObjectSummary.Bytes,
        LargeObjectChecksum = script.LargeObjectSummary.Checksum,
        SkippedUnloggedTables = session.SkippedUnloggedTables.Count,
    };

    private static async Task<RequirementsRecord> ReadRequirementsAsync(
        SourceSession session, DumpScript script, string pgDumpVersion, CancellationToken cancellationToken)
    {
        DatabaseText text = session.Text;
        List<string> roles = await SourceFacts.ReadRolesAsync(session.Connection, text, cancellationToken).ConfigureAwait(false);

        // Before 14 the server kept no dependencies on the first superuser; as an owner it is named in the text.
        IEnumerable<string> owners = script.Entries.Where(e => e.Owner is not null).Select(e => text.DecodeShared(e.Owner!));
        return new RequirementsRecord
        {
            Extensions = await SourceFacts.ReadExtensionsAsync(session.Connection, text, cancellationToken).ConfigureAwait(false),
            Roles = [.. roles.Union(owners).Order(StringComparer.Ordinal)],
            Tablespaces = await SourceFacts.ReadTablespacesAsync(session.Connection, text, cancellationToken).ConfigureAwait(false),
            Locales = await SourceFacts.ReadLocalesAsync(session.Connection, text, cancellationToken).ConfigureAwait(false),
            PgDumpVersion = pgDumpVersion,
        };
    }

    private static TocEntryRecord Record(TocEntry entry, DatabaseText text) => new()
    {
        Id = entry.Id,
        Dependencies = entry.Dependencies.Count == 0 ? null : entry.Dependencies,
        Name = text.Decode(entry.Name),
        Type = entry.Type,
        Schema = entry.Schema is null ? null : text.Decode(entry.Schema),
        Owner = entry.Owner is null ? null : text.DecodeShared(entry.Owner),
        Frame = entry.Frame,
        Settings = entry.Settings.Count == 0 ? null : entry.Settings.ToDictionary(s => s.Key, s => text.Decode(s.Value)),
    };
}
