namespace InMidst.Backup.Postgres.Verify;

/// <summary>What a test found.</summary>
public enum VerificationVerdict
{
    /// <summary>All that the level asks was proven.</summary>
    Passed,

    /// <summary>Something is not as it was written, or does not restore.</summary>
    Failed,

    /// <summary>It could not be proven here: something is missing on this machine, and the findings say what. The backup may be whole.</summary>
    NotProvable,
}
