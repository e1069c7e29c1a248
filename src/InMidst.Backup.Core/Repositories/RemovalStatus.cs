namespace InMidst.Backup.Core.Repositories;

/// <summary>How a removal ended.</summary>
public enum RemovalStatus
{
    /// <summary>Nothing of the backup is left.</summary>
    Removed,

    /// <summary>The storage keeps it against removal; nothing of it was removed.</summary>
    Locked,
}
