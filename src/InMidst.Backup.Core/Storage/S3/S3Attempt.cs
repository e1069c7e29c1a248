namespace InMidst.Backup.Core.Storage.S3;

/// <summary>One attempt of a request.</summary>
/// <param name="timeout">Its limit.</param>
/// <param name="previous">How an earlier attempt failed: one that may have had its effect if there was such, else the last; null for the first attempt.</param>
internal sealed class S3Attempt(ProgressTimeout timeout, StorageException? previous)
{
    /// <summary>Ends the attempt.</summary>
    internal CancellationToken Token => timeout.Token;

    /// <summary>Whether an earlier attempt may have had its effect.</summary>
    internal bool MayBeDone => previous is not null && S3Errors.LeavesEffectOpen(previous);

    /// <summary>Some bytes moved.</summary>
    internal void Progressed() => timeout.Progressed();
}
