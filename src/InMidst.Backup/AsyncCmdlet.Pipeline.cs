using System.Management.Automation;

namespace InMidst.Backup;

/// <content>What the work may say to PowerShell and ask of it.</content>
public abstract partial class AsyncCmdlet
{
    /// <summary>Writes one object; ends when the downstream commands have taken it.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended.</exception>
    protected Task WriteObjectAsync(object? value, CancellationToken cancellationToken) =>
        InvokeAsync(() => WriteObject(value), cancellationToken);

    /// <summary>Writes a non-terminating error.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps by this error and -ErrorAction Stop.</exception>
    protected Task WriteErrorAsync(ErrorRecord error, CancellationToken cancellationToken) =>
        InvokeAsync(() => WriteError(error), cancellationToken);

    /// <summary>Writes a verbose message, in order with the output, without waiting.</summary>
    protected void PostVerbose(string message) => _pump.Post(() => WriteVerbose(message));

    /// <summary>Writes a warning, in order with the output, without waiting.</summary>
    protected void PostWarning(string message) => _pump.Post(() => WriteWarning(message));

    /// <summary>Writes a debug message, in order with the output, without waiting.</summary>
    protected void PostDebug(string message) => _pump.Post(() => WriteDebug(message));

    /// <summary>Writes to the information stream, in order with the output, without waiting.</summary>
    protected void PostInformation(object message, params string[] tags) => _pump.Post(() => WriteInformation(message, tags));

    /// <summary>
    /// Shows progress on the one bar of this cmdlet. As many calls as you like: at most five a second are shown, the
    /// last one wins. The bar is taken down at the end of the cmdlet.
    /// </summary>
    /// <param name="activity">The first line of the bar; not empty.</param>
    /// <param name="status">What is being done; not empty.</param>
    /// <param name="percentComplete">0 to 100, or -1 for unknown. Values outside are cut off.</param>
    /// <param name="remaining">The time left, or null for unknown.</param>
    /// <param name="currentOperation">The line below the bar, or null.</param>
    protected void PostProgress(
        string activity, string status, int percentComplete = -1, TimeSpan? remaining = null, string? currentOperation = null)
    {
        var record = new ProgressRecord(_activityId, activity, status)
        {
            PercentComplete = Math.Clamp(percentComplete, -1, 100),
            SecondsRemaining = remaining is { } left ? (int)Math.Clamp(left.TotalSeconds, 0, int.MaxValue) : -1,
        };
        if (currentOperation is not null)
            record.CurrentOperation = currentOperation;
        _progress?.Report(record);
    }

    /// <summary>Takes the bar down before the end of the cmdlet. A later <see cref="PostProgress"/> puts it up again.</summary>
    protected void PostProgressCompleted() => _pump.Post(() => _progress?.Complete());

    /// <summary>Asks for -WhatIf and -Confirm. Where nobody can be asked the cmdlet ends.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps during the question.</exception>
    protected Task<bool> ShouldProcessAsync(string target, string action, CancellationToken cancellationToken) =>
        _pump.InvokeAsync(() => Ask(() => ShouldProcess(target, action), $"{action}: {target}"), cancellationToken);

    /// <summary>Asks a question that -Confirm:$false does not answer. Where nobody can be asked the cmdlet ends.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps during the question.</exception>
    protected Task<bool> ShouldContinueAsync(string query, string caption, CancellationToken cancellationToken) =>
        _pump.InvokeAsync(() => Ask(() => ShouldContinue(query, caption), query), cancellationToken);

    /// <summary>What ends the cmdlet when a question could not be put.</summary>
    /// <param name="question">What was to be asked.</param>
    /// <param name="cause">What the host threw.</param>
    protected virtual Exception Unanswered(string question, Exception cause) => cause;

    /// <summary>Runs a function on the pipeline thread. What it throws, the caller gets. It must not write.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended.</exception>
    protected Task<T> OnPipelineAsync<T>(Func<T> function, CancellationToken cancellationToken) =>
        _pump.AskAsync(function, cancellationToken);

    private bool Ask(Func<bool> ask, string question)
    {
        try
        {
            return ask();
        }
        catch (Exception failure) when (failure is not (PipelineStoppedException or ActionPreferenceStopException))
        {
            // Hosts say it each in their own way: -NonInteractive, no prompt at all, a closed input (a null reference).
            ThrowTerminatingError(ToErrorRecord(Unanswered(question, failure)));
            throw;
        }
    }
}
