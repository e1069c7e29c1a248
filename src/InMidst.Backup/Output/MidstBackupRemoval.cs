namespace InMidst.Backup;

/// <summary>What became of one copy of a backup that was to be removed.</summary>
public sealed class MidstBackupRemoval
{
    /// <summary>The backup's id.</summary>
    public string Id { get; init; } = "";

    /// <summary>The database.</summary>
    public string Database { get; init; } = "";

    /// <summary>How it ended.</summary>
    public MidstRemovalStatus Status { get; init; }

    /// <summary>Until when the storage keeps it, in local time; null when it was removed, or when only a legal hold keeps it.</summary>
    public DateTime? LockedUntil { get; init; }

    /// <summary>Whether a legal hold keeps it, which ends when somebody takes it away.</summary>
    public bool LegalHold { get; init; }

    /// <summary>Bytes of the dump.</summary>
    public long Size { get; init; }

    /// <summary>The repository.</summary>
    public string Repository { get; init; } = "";

    /// <summary>Path or URI of the dump.</summary>
    public string Path { get; init; } = "";

    /// <summary>Id and what became of it.</summary>
    public override string ToString() => $"{Id}: {Status}";
}
