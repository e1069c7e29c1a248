namespace InMidst.Backup;

/// <summary>A backup, wherever it lies.</summary>
public sealed class MidstBackup
{
    /// <summary>Name of the backup; -Id takes it.</summary>
    public string Id { get; init; } = "";

    /// <summary>The database; empty for a foreign dump whose name does not tell.</summary>
    public string Database { get; init; } = "";

    /// <summary>What kind of backup it is.</summary>
    public MidstBackupKind Kind { get; init; }

    /// <summary>When it began, in local time; for foreign dumps what the file's name or date says.</summary>
    public DateTime Started { get; init; }

    /// <summary>How long it took; null for foreign dumps.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Bytes of the dump in the repository.</summary>
    public long Size { get; init; }

    /// <summary>Bytes of table data before compression; null for foreign dumps.</summary>
    public long? DataSize { get; init; }

    /// <summary>Tables; null for foreign dumps.</summary>
    public int? Tables { get; init; }

    /// <summary>Rows; null for foreign dumps.</summary>
    public long? Rows { get; init; }

    /// <summary>Large objects; null for foreign dumps.</summary>
    public long? LargeObjects { get; init; }

    /// <summary>What the last test of exactly these bytes said. Of several copies one that failed comes first, then the nearest that was tested.</summary>
    public MidstProof Proof { get; init; }

    /// <summary>How deep that test went; null without one.</summary>
    public MidstTestLevel? ProofLevel { get; init; }

    /// <summary>When that test ended, in local time; null without one.</summary>
    public DateTime? ProvenAt { get; init; }

    /// <summary>The repository of the nearest copy.</summary>
    public string Repository { get; init; } = "";

    /// <summary>Path or URI of the nearest copy of the dump.</summary>
    public string Path { get; init; } = "";

    /// <summary>Paths and URIs of all copies of the dump, nearest first.</summary>
    public string[] Locations { get; init; } = [];

    /// <summary>Whether it is encrypted.</summary>
    public bool Encrypted { get; init; }

    /// <summary>Public keys it is encrypted for, or the word passphrase; empty for foreign dumps.</summary>
    public string[] Recipients { get; init; } = [];

    /// <summary>Host it was taken from. Never used to connect: a restore goes where you say.</summary>
    public string SourceHost { get; init; } = "";

    /// <summary>Port it was taken from; null for foreign dumps.</summary>
    public int? SourcePort { get; init; }

    /// <summary>Version of the server it was taken from.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>System identifier of the cluster it was taken from; empty where it is not known.</summary>
    public string SystemIdentifier { get; init; } = "";

    /// <summary>WAL position of the snapshot; empty where it is not known.</summary>
    public string SnapshotLsn { get; init; } = "";

    /// <summary>Compression; null for foreign dumps.</summary>
    public MidstCompression? Compression { get; init; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;
}
