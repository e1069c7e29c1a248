using System.Text.Json.Serialization;
using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Core.Format;

/// <summary>What is known of a backup without opening it. Written last: a backup without one does not exist.</summary>
public sealed record BackupManifest
{
    /// <summary>The version this code writes. A reader refuses a higher one and ignores fields it does not know.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Tables listed in a manifest at most; beyond that they are in the index only.</summary>
    public const int MaximumTables = 2000;

    /// <summary>Version of the format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Name and version of the program that wrote it.</summary>
    public required string Tool { get; init; }

    /// <summary>The backup's id, unique in its repository.</summary>
    public required string Id { get; init; }

    /// <summary>What kind of backup: "dump".</summary>
    public required string Kind { get; init; }

    /// <summary>What retention and locks count by.</summary>
    public required SeriesRecord Series { get; init; }

    /// <summary>Where it came from.</summary>
    public required SourceRecord Source { get; init; }

    /// <summary>When the backup began, by the clock of the machine that made it.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When its data was complete.</summary>
    public required DateTimeOffset Completed { get; init; }

    /// <summary>The server's WAL position when the snapshot was taken, or null where it could not be asked.</summary>
    public string? SnapshotLsn { get; init; }

    /// <summary>Compression of its objects.</summary>
    public required CompressionKind Compression { get; init; }

    /// <summary>The files, with what proves them. Empty in the copy that lies in the trailer.</summary>
    public IReadOnlyList<ObjectRecord> Objects { get; init; } = [];

    /// <summary>For whom the objects are encrypted; null when they are not.</summary>
    public EncryptionRecord? Encryption { get; init; }

    /// <summary>SHA-256 of the dump's bytes as they are stored, where they lie in several objects; of a single one it stands there.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Where the index lies in the dump (decrypted, its objects joined). Null in the copy that lies in the trailer.</summary>
    public IndexLocation? Index { get; init; }

    /// <summary>Sums over the dump.</summary>
    public required TotalsRecord Totals { get; init; }

    /// <summary>A line per table, at most <see cref="MaximumTables"/>; all are in the index.</summary>
    public IReadOnlyList<ManifestTable> Tables { get; init; } = [];

    /// <summary>The database itself, as CREATE DATABASE and ALTER DATABASE must make it.</summary>
    public required DatabaseProperties Database { get; init; }

    /// <summary>What a server must have before this can be restored there.</summary>
    public required RequirementsRecord Requirements { get; init; }

    /// <summary>Those of <see cref="Objects"/> that hold the dump, in order.</summary>
    [JsonIgnore]
    public IReadOnlyList<ObjectRecord> DataObjects => [.. Objects.Where(o => o.Role == ObjectRecord.Data)];

    /// <summary>SHA-256 of the dump as it is stored; null in the copy that lies in the trailer.</summary>
    [JsonIgnore]
    public string? DataSha256 => DataObjects switch
    {
        [] => null,
        [var only] => only.Sha256,
        _ => Sha256,
    };

    /// <summary>Whether these are the objects that were read, or the manifest does not tell.</summary>
    /// <param name="read">What was read of the dump.</param>
    public bool Describes(IReadOnlyList<ObjectRecord> read) => DataObjects switch
    {
        [] => true,
        var expected => expected.Select(o => (o.Length, o.Sha256)).SequenceEqual(read.Select(o => (o.Length, o.Sha256))),
    };

    /// <summary>
    /// What may be known of an encrypted backup by whoever sees the repository: no names of tables, roles or extensions, nothing by which
    /// content could be guessed. The whole is in the index, which is encrypted.
    /// </summary>
    /// <param name="recipients">For whom it is encrypted; none: the manifest as it is.</param>
    public BackupManifest ForPublic(IReadOnlyList<AgeRecipient> recipients) => recipients.Count == 0 ? this : this with
    {
        Encryption = new EncryptionRecord(EncryptionRecord.Age, [.. recipients.Select(r => r.ToString()).Distinct()]),
        Totals = Totals with { LargeObjectChecksum = "" },
        Tables = [],
        Database = new DatabaseProperties
        {
            Encoding = Database.Encoding, LocaleProvider = "", Collate = "", CType = "", Monetary = "", Owner = "", Tablespace = "",
        },
        Requirements = new RequirementsRecord { PgDumpVersion = Requirements.PgDumpVersion },
    };
}
