namespace InMidst.Backup;

/// <summary>What a test found.</summary>
public enum MidstVerdict
{
    /// <summary>All was proven that the level asks.</summary>
    Passed,

    /// <summary>Something is not as it was written, or does not restore; the failures say what.</summary>
    Failed,

    /// <summary>This machine lacks something, which the failures name; the backup may be whole.</summary>
    NotProvable,
}
