namespace InMidst.Backup.Core.Storage.S3;

/// <summary>How Object Lock protects what is written.</summary>
public enum S3LockMode
{
    /// <summary>Nothing is asked; the bucket's default holds.</summary>
    None,

    /// <summary>Who has a special right can still remove the object.</summary>
    Governance,

    /// <summary>Nobody can remove the object before the date, and nobody can make the date earlier.</summary>
    Compliance,
}
