using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage;

/// <summary>A storage operation failed. Every driver throws this and nothing else (but OperationCanceledException).</summary>
public sealed class StorageException : BackupException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="id">One of the repository ids of <see cref="ErrorIds"/>.</param>
    /// <param name="message">What happened, naming storage and object.</param>
    /// <param name="isPermanent">True when the same call will fail again: not found, exists, denied, full.</param>
    /// <param name="innerException">The driver's own exception.</param>
    /// <param name="target">The object's name.</param>
    /// <param name="guidance">What to do, where it can be said more precisely than by the id.</param>
    public StorageException(
        ErrorId id, string message, bool isPermanent, Exception? innerException = null, string? target = null, string? guidance = null)
        : base(id, message, innerException, guidance, target)
    {
        IsPermanent = isPermanent;
    }

    /// <summary>True when trying the same call again cannot help.</summary>
    public bool IsPermanent { get; }
}
