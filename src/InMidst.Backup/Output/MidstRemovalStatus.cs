namespace InMidst.Backup;

/// <summary>How the removal of a copy of a backup ended.</summary>
public enum MidstRemovalStatus
{
    /// <summary>Nothing of it is left.</summary>
    Removed,

    /// <summary>The storage keeps it against removal; nothing of it was removed.</summary>
    Locked,
}
