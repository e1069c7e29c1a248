namespace InMidst.Backup;

/// <summary>A backup in a repository.</summary>
public sealed class MidstBackup
{
    /// <summary>Name of the backup, unique in its repository; -Id takes it.</summary>
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

    /// <summary>What the last test of exactly these bytes said.</summary>
    public MidstProof Proof { get; init; }

    /// <summary>How deep that test went; null without one.</summary>
    public MidstTestLevel? ProofLevel { get; init; }

    /// <summary>When that test ended, in local time; null without one.</summary>
    public DateTime? ProvenAt { get; init; }

    /// <summary>The repository it lies in.</summary>
    public string Repository { get; init; } = "";

    /// <summary>The dump's file.</summary>
    public string Path { get; init; } = "";

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
