namespace InMidst.Backup;

/// <summary>What the last test of a backup said.</summary>
public enum MidstProof
{
    /// <summary>It was never tested.</summary>
    None,

    /// <summary>All was proven that the level asks.</summary>
    Passed,

    /// <summary>Something was not as it was written, or did not restore.</summary>
    Failed,

    /// <summary>The machine that tested lacked something.</summary>
    NotProvable,
}
