using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup;

/// <summary>Turns the engine's records into output types.</summary>
internal static class OutputConversion
{
    public static MidstBackup ToOutput(this BackupRecord record)
    {
        BackupManifest? manifest = record.Manifest;
        string location = record.Storage.Properties.Location;
        return new MidstBackup
        {
            Id = record.Id,
            Database = record.Database ?? "",
            Kind = manifest is null ? MidstBackupKind.ForeignDump : MidstBackupKind.Dump,
            Started = record.Started.LocalDateTime,
            Duration = manifest is null ? null : manifest.Completed - manifest.Started,
            Size = record.Data.Length,
            DataSize = manifest?.Totals.DataBytes,
            Tables = manifest?.Totals.Tables,
            Rows = manifest?.Totals.Rows,
            LargeObjects = manifest?.Totals.LargeObjects,
            Proof = record.Proof is null ? MidstProof.None : Enum.TryParse(record.Proof.Verdict, out MidstProof proof) ? proof : MidstProof.None,
            ProofLevel = record.Proof is not null && Enum.TryParse(record.Proof.Level, out MidstTestLevel level) ? level : null,
            ProvenAt = record.Proof?.Tested.LocalDateTime,
            Repository = location,
            Path = Path.Combine(location, record.Data.Name),
            SourceHost = manifest?.Source.Host ?? "",
            SourcePort = manifest?.Source.Port,
            ServerVersion = manifest?.Source.ServerVersion ?? "",
            SystemIdentifier = manifest?.Series.SystemIdentifier ?? "",
            SnapshotLsn = manifest?.SnapshotLsn ?? "",
            Compression = manifest is null ? null : (MidstCompression)manifest.Compression,
        };
    }

    public static MidstBackupTest ToOutput(this VerificationResult result, BackupRecord backup) => new()
    {
        Id = backup.Id,
        Database = backup.Database ?? "",
        Level = (MidstTestLevel)result.Level,
        Verdict = (MidstVerdict)result.Verdict,
        Failures = [.. result.Findings],
        Tables = [.. result.Tables.Select(t => new MidstTableTest
        {
            Schema = t.Schema,
            Table = t.Name,
            ExpectedRows = t.ExpectedRows,
            ActualRows = t.ActualRows,
            Match = t.Match,
        })],
        Rows = result.Tables.Sum(t => t.ActualRows ?? 0),
        LargeObjects = result.LargeObjects,
        Sequences = result.Sequences,
        ServerVersion = result.ServerVersion ?? "",
        Started = result.Started.LocalDateTime,
        Duration = result.Duration,
        Repository = backup.Storage.Properties.Location,
    };
}
