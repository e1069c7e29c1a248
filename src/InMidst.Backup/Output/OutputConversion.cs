using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup;

/// <summary>Turns the engine's records into output types.</summary>
internal static class OutputConversion
{
    public static MidstBackup ToOutput(this CatalogBackup backup)
    {
        BackupRecord record = backup.Nearest;
        BackupManifest? manifest = record.Manifest;
        VerificationProof? tested = Proof(backup);
        string[] locations = [.. backup.Copies.Select(c => c.Storage.Properties.PathOf(c.Data.Name))];
        return new MidstBackup
        {
            Id = record.Id,
            Database = record.Database ?? "",
            Kind = manifest is null ? MidstBackupKind.ForeignDump : MidstBackupKind.Dump,
            Started = record.Started.LocalDateTime,
            Duration = manifest is null ? null : manifest.Completed - manifest.Started,
            Size = record.Length,
            DataSize = manifest?.Totals.DataBytes,
            Tables = manifest?.Totals.Tables,
            Rows = manifest?.Totals.Rows,
            LargeObjects = manifest?.Totals.LargeObjects,
            Proof = Verdict(tested),
            ProofLevel = tested is not null && Enum.TryParse(tested.Level, out MidstTestLevel level) ? level : null,
            ProvenAt = tested?.Tested.LocalDateTime,
            Repository = record.Storage.Properties.Location,
            Path = locations[0],
            Locations = locations,
            Encrypted = manifest is null ? record.Data.Name.EndsWith(BackupName.EncryptedSuffix, StringComparison.Ordinal) : manifest.Encryption is not null,
            Recipients = [.. manifest?.Encryption?.Recipients ?? []],
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
        Path = backup.Storage.Properties.PathOf(backup.Data.Name),
    };

    public static MidstRestore ToOutput(this RestoreResult result, BackupRecord backup, string path, RestoreOptions options) => new()
    {
        Id = backup.Id,
        TargetDatabase = options.TargetDatabase,
        ReplacedDatabase = result.ReplacedDatabase ?? "",
        CreatedRoles = [.. result.CreatedRoles],
        CreatedTablespaces = [.. result.CreatedTablespaces],
        Path = path,
        HostName = options.Address.Host,
        Port = options.Address.Port,
        ServerVersion = result.ServerVersion,
        Tables = result.Tables,
        Rows = result.Rows,
        Started = result.Started.LocalDateTime,
        Duration = result.Duration,
    };

    public static MidstBackupRemoval ToOutput(this RemovalResult result, BackupRecord copy) => new()
    {
        Id = copy.Id,
        Database = copy.Database ?? "",
        Status = (MidstRemovalStatus)result.Status,
        LockedUntil = result.LockedUntil?.LocalDateTime,
        LegalHold = result.HasLegalHold,
        Size = copy.Length,
        Repository = copy.Storage.Properties.Location,
        Path = copy.Storage.Properties.PathOf(copy.Data.Name),
    };

    public static MidstRepairFinding ToOutput(this RepairFinding finding, IStorage storage, MidstRepairStatus status) => new()
    {
        Kind = (MidstRepairKind)finding.Kind,
        Status = status,
        Name = finding.Name,
        Size = finding.Length,
        Since = finding.Since.LocalDateTime,
        Description = finding.Description,
        Repository = storage.Properties.Location,
    };

    private static MidstProof Verdict(VerificationProof? proof) =>
        proof is not null && Enum.TryParse(proof.Verdict, out MidstProof verdict) ? verdict : MidstProof.None;

    /// <summary>A copy that failed must not hide behind one that passed.</summary>
    private static VerificationProof? Proof(CatalogBackup backup) => backup.Copies
        .Select(copy => copy.Proof)
        .Where(proof => proof is not null)
        .OrderByDescending(proof => Verdict(proof) == MidstProof.Failed)
        .FirstOrDefault();
}
