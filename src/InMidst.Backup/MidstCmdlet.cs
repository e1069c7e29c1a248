using System.Management.Automation;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup;

/// <summary>The base of the module's cmdlets: asynchronous work, errors with stable ids, paths as the user means them.</summary>
public abstract class MidstCmdlet : AsyncCmdlet
{
    /// <inheritdoc/>
    protected sealed override ErrorRecord ToErrorRecord(Exception exception) => ErrorRecords.From(exception);

    /// <summary>Writes a failure that concerns one item only; the others go on.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps by this error and -ErrorAction Stop.</exception>
    protected Task WriteErrorAsync(Exception exception, CancellationToken cancellationToken) =>
        WriteErrorAsync(ErrorRecords.From(exception), cancellationToken);

    /// <summary>An absolute file-system path for a name that need not exist; wildcard characters mean themselves (-Repository, -LiteralPath).</summary>
    /// <exception cref="BackupException">The text names nothing in the file system.</exception>
    protected Task<string> ResolvePathAsync(string text, CancellationToken cancellationToken) =>
        OnPipelineAsync(() => new PathConversion(SessionState).ToAbsolute(text), cancellationToken);

    /// <summary>The absolute paths of the existing files that the text, which may hold wildcards, names (-Path). At least one.</summary>
    /// <exception cref="BackupException">The text names nothing in the file system, or nothing that exists.</exception>
    protected Task<IReadOnlyList<string>> FindPathsAsync(string text, CancellationToken cancellationToken) =>
        OnPipelineAsync(() => new PathConversion(SessionState).FindExisting(text), cancellationToken);
}
