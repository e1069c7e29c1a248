using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>It is the copy being read that failed, not the target: another copy may do.</summary>
internal sealed class SourceFailure(BackupException cause) : Exception(cause.Message, cause)
{
    /// <summary>What is wrong with it.</summary>
    public BackupException Cause => cause;
}
