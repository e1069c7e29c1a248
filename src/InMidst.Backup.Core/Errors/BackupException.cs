namespace InMidst.Backup.Core.Errors;

/// <summary>A failure that is understood: it has a stable id, says what happened, and says what to do.</summary>
public class BackupException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="id">Which failure this is.</param>
    /// <param name="message">What happened, in one or two sentences, naming the thing it happened to. Never a secret.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    /// <param name="guidance">What to do, where it can be said more precisely than <see cref="ErrorId.Guidance"/>.</param>
    /// <param name="target">The object (name of a database, backup, file) that the failure is about.</param>
    public BackupException(
        ErrorId id, string message, Exception? innerException = null, string? guidance = null, string? target = null)
        : base(message, innerException)
    {
        Id = id;
        Guidance = guidance ?? id.Guidance;
        Target = target;
    }

    /// <summary>Which failure this is.</summary>
    public ErrorId Id { get; }

    /// <summary>What the user can do about it.</summary>
    public string Guidance { get; }

    /// <summary>The object that the failure is about, or null.</summary>
    public string? Target { get; }
}
