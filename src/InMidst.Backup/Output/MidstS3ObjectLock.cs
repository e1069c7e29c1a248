namespace InMidst.Backup;

/// <summary>How firmly objects on S3 are kept against removal.</summary>
public enum MidstS3ObjectLock
{
    /// <summary>Who has a special right can still remove them.</summary>
    Governance = 1,

    /// <summary>Nobody can remove them before the date, and nobody can make the date earlier.</summary>
    Compliance,
}
