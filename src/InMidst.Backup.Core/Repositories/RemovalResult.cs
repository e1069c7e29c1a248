namespace InMidst.Backup.Core.Repositories;

/// <summary>What <see cref="BackupRemoval"/> did.</summary>
public sealed record RemovalResult
{
    /// <summary>How it ended.</summary>
    public required RemovalStatus Status { get; init; }

    /// <summary>The backup.</summary>
    public required BackupRecord Backup { get; init; }

    /// <summary>The objects that were removed, in order; none when it is locked.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>Until when the last of its objects is kept; null when only a legal hold keeps it.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Whether a legal hold keeps one of its objects, which has no end by itself.</summary>
    public bool HasLegalHold { get; init; }
}
