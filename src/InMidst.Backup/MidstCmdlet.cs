using System.Management.Automation;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup;

/// <summary>The base of the module's cmdlets: asynchronous work, errors with stable ids, paths as the user means them.</summary>
public abstract class MidstCmdlet : AsyncCmdlet
{
    /// <inheritdoc/>
    protected sealed override ErrorRecord ToErrorRecord(Exception exception) => ErrorRecords.From(exception);

    /// <inheritdoc/>
    protected sealed override Exception Unanswered(string question, Exception cause) =>
        new BackupException(ErrorIds.InvalidArgument, $"Nobody can be asked here, so this was not done: {question}", cause,
            guidance: "Where nobody sits, say so: -Confirm:$false.");

    /// <summary>Writes a failure that concerns one item only; the others go on.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps by this error and -ErrorAction Stop.</exception>
    protected Task WriteErrorAsync(Exception exception, CancellationToken cancellationToken) =>
        WriteErrorAsync(ErrorRecords.From(exception), cancellationToken);

    /// <summary>An absolute file-system path for a name that need not exist; wildcard characters mean themselves (-Repository, -LiteralPath).</summary>
    /// <exception cref="BackupException">The text names nothing in the file system.</exception>
    protected Task<string> ResolvePathAsync(string text, CancellationToken cancellationToken) =>
        OnPipelineAsync(() => new PathConversion(SessionState).ToAbsolute(text), cancellationToken);

    /// <summary>The absolute path of a directory, or the s3:// URI, that a repository has.</summary>
    /// <exception cref="BackupException">The text names neither.</exception>
    protected Task<string> ResolveRepositoryAsync(string text, CancellationToken cancellationToken) =>
        OnPipelineAsync(() => new PathConversion(SessionState).ToRepository(text), cancellationToken);

    /// <summary>The absolute path or s3:// URI of a dump that need not exist (-LiteralPath).</summary>
    /// <exception cref="BackupException">The text names neither.</exception>
    protected Task<string> ResolveDumpAsync(string text, CancellationToken cancellationToken) =>
        OnPipelineAsync(() => new PathConversion(SessionState).ToDump(text), cancellationToken);

    /// <summary>The dumps that the text names (-Path): existing files, whose names may hold wildcards, or an s3:// URI. At least one.</summary>
    /// <exception cref="BackupException">The text names nothing that can be a dump, or no file that exists.</exception>
    protected Task<IReadOnlyList<string>> FindDumpsAsync(string text, CancellationToken cancellationToken) =>
        OnPipelineAsync(() => new PathConversion(SessionState).FindDumps(text), cancellationToken);
}
