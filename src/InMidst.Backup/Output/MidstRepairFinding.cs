namespace InMidst.Backup;

/// <summary>Something in a repository that is no backup, or not as it should be, and what was done about it.</summary>
public sealed class MidstRepairFinding
{
    /// <summary>What it is.</summary>
    public MidstRepairKind Kind { get; init; }

    /// <summary>What was done about it.</summary>
    public MidstRepairStatus Status { get; init; }

    /// <summary>Name in the repository; of a dump that of its first file.</summary>
    public string Name { get; init; } = "";

    /// <summary>Bytes of all its files; null where the storage does not tell.</summary>
    public long? Size { get; init; }

    /// <summary>When it was last written, in local time.</summary>
    public DateTime Since { get; init; }

    /// <summary>What it is, in words.</summary>
    public string Description { get; init; } = "";

    /// <summary>The repository.</summary>
    public string Repository { get; init; } = "";

    /// <summary>Name and what was done.</summary>
    public override string ToString() => $"{Name}: {Kind}, {Status}";
}
