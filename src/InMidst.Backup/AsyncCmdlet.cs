using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace InMidst.Backup;

/// <summary>
/// A cmdlet whose work is asynchronous. The work runs on the thread pool, one awaited body per record; whatever it
/// has to say to PowerShell is carried to the pipeline thread in the order it was said.
/// </summary>
/// <remarks>
/// However the pipeline ends (its end, an error, Ctrl-C, a downstream stop), the work has been awaited and
/// <see cref="CleanUpAsync"/> has run before PowerShell gets the thread back. In the bodies no member of
/// <see cref="PSCmdlet"/> may be called but through the methods here.
/// </remarks>
public abstract class AsyncCmdlet : PSCmdlet, IDisposable
{
    // Far from the small numbers that scripts use for their own bars.
    private static int _lastActivityId = 0x4D49_0000;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private readonly PipelinePump _pump;
    private readonly int _activityId = Interlocked.Increment(ref _lastActivityId);
    private ProgressThrottle? _progress;
    private Task _work = Task.CompletedTask;
    private Task _cancelling = Task.CompletedTask;
    private Task? _cleanUp;
    private bool _disposed;

    /// <summary>Makes the cmdlet.</summary>
    protected AsyncCmdlet()
    {
        _stopped = _stop.Token;
        _pump = new PipelinePump(Cancel, _stopped);
    }

    /// <summary>Measures the time between two progress records.</summary>
    protected virtual TimeProvider Clock => TimeProvider.System;

    /// <summary>Cancels the work, waits for it, and cleans up unless that has been done. PowerShell calls it at the end of the pipeline.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
        }

        Cancel();
        _pump.Close();
        Settle(_work);
        Exception? unseen = CleanUpUnseen();
        Exception? fromCancelling = Settle(_cancelling);
        lock (_gate)
        {
            _disposed = true;
            _progress?.Dispose();
            _stop.Dispose();
        }

        GC.SuppressFinalize(this);

        // PowerShell records what Dispose throws as a failure of the pipeline; there is no other way left to say it.
        if ((unseen ?? fromCancelling) is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>The work before the first record.</summary>
    /// <param name="cancellationToken">Cancelled when the pipeline is stopped or ended by a downstream command.</param>
    protected virtual Task BeginAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The work for one record. The next record is asked for when the task has ended.</summary>
    /// <param name="cancellationToken">Cancelled when the pipeline is stopped or ended by a downstream command.</param>
    protected virtual Task ProcessAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The work after the last record. Not called when the pipeline ends early: see <see cref="CleanUpAsync"/>.</summary>
    /// <param name="cancellationToken">Cancelled when the pipeline is stopped or ended by a downstream command.</param>
    protected virtual Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Lets go of what the cmdlet holds. Called exactly once for a cmdlet that began, after all other work, however
    /// the pipeline ended. Messages can be posted; objects and questions are refused when the pipeline has ended.
    /// </summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    /// <summary>Turns what the work threw into the terminating error. On the pipeline thread.</summary>
    protected abstract ErrorRecord ToErrorRecord(Exception exception);

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

    /// <summary>Asks for -WhatIf and -Confirm.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps during the question.</exception>
    protected Task<bool> ShouldProcessAsync(string target, string action, CancellationToken cancellationToken) =>
        _pump.InvokeAsync(() => ShouldProcess(target, action), cancellationToken);

    /// <summary>Asks a question that -Confirm:$false does not answer. Where nobody can be asked the host's own exception is thrown.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, perhaps during the question.</exception>
    protected Task<bool> ShouldContinueAsync(string query, string caption, CancellationToken cancellationToken) =>
        _pump.AskAsync(() => ShouldContinue(query, caption), cancellationToken);

    /// <summary>Runs a function on the pipeline thread. What it throws, the caller gets. It must not write.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended.</exception>
    protected Task<T> OnPipelineAsync<T>(Func<T> function, CancellationToken cancellationToken) =>
        _pump.AskAsync(function, cancellationToken);

    /// <inheritdoc/>
    protected sealed override void BeginProcessing()
    {
        _progress = new ProgressThrottle(Clock, WriteProgress, _pump.Post);
        RunBlock(BeginAsync);
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => RunBlock(ProcessAsync);

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        RunBlock(EndAsync);
        Finish(failure: null);
    }

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => Cancel();

    private static Exception? Settle(Task task)
    {
        try
        {
            task.GetAwaiter().GetResult();
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private async Task InvokeAsync(Action call, CancellationToken cancellationToken)
    {
        bool Run()
        {
            call();
            return true;
        }

        await _pump.InvokeAsync(Run, cancellationToken).ConfigureAwait(false);
    }

    private void RunBlock(Func<CancellationToken, Task> body)
    {
        Exception? failure = _stopped.IsCancellationRequested ? null : RunOnPump(() => body(_stopped));
        // PowerShell says that it stops a moment before it calls StopProcessing; work that ends well in between was stopped all the same.
        if (Stopping)
            Cancel();
        if (failure is not null || _stopped.IsCancellationRequested)
            Finish(failure);
    }

    /// <summary>Returns what the body threw. What the pipeline threw is thrown, after the body has ended and all is cleaned up.</summary>
    private Exception? RunOnPump(Func<Task> body)
    {
        // Known before it starts: who disposes from another thread must wait for this work, not for the one before.
        var work = new Task<Task>(body);
        _work = work.Unwrap();
        work.Start(TaskScheduler.Default);
        try
        {
            _pump.Drain(_work);
        }
        catch (Exception fromPipeline)
        {
            // StopProcessing is not called for a downstream stop: nobody but us ends the work.
            Cancel();
            _pump.Close();
            KeepWith(fromPipeline, Settle(_work));
            KeepWith(fromPipeline, Settle(CleanUpOnce()));
            if (!Stopping)
                _progress?.Complete();
            throw;
        }

        return Settle(_work);
    }

    private void Finish(Exception? failure)
    {
        Exception? cleanUpFailure = CleanUpAtEnd(failure);
        _pump.Close();
        if (_stopped.IsCancellationRequested)
            throw Stopped(failure, cleanUpFailure);
        _progress?.Complete();
        if (failure is null)
            failure = cleanUpFailure;
        else
            KeepWith(failure, cleanUpFailure);
        if (failure is not null)
            ThrowTerminatingError(ToErrorRecord(failure));
    }

    private Exception? CleanUpAtEnd(Exception? failure)
    {
        if (_stopped.IsCancellationRequested)
        {
            _pump.Close();
            return Settle(CleanUpOnce());
        }

        try
        {
            return RunOnPump(CleanUpOnce);
        }
        catch (Exception fromPipeline)
        {
            KeepWith(fromPipeline, failure);
            throw;
        }
    }

    /// <summary>Cleans up if the cmdlet began and no block of it did: the pipeline ended between two records.</summary>
    private Exception? CleanUpUnseen()
    {
        bool began = _progress is not null;
        bool seen = _cleanUp is not null;
        Exception? failure = began ? Settle(CleanUpOnce()) : null;
        return seen ? null : failure;
    }

    private Task CleanUpOnce()
    {
        lock (_gate)
            return _cleanUp ??= Task.Run(async () => await CleanUpAsync().ConfigureAwait(false));
    }

    private void Cancel()
    {
        lock (_gate)
        {
            // Asynchronously: what the work has registered on the token must not run on the thread that stops us.
            if (!_disposed && !_stopped.IsCancellationRequested)
                _cancelling = _stop.CancelAsync();
        }
    }

    private static PipelineStoppedException Stopped(params Exception?[] failures)
    {
        Exception? first = Array.Find(failures, static failure => failure is not null and not OperationCanceledException);
        return first is null ? new PipelineStoppedException() : new PipelineStoppedException(first.Message, first);
    }

    /// <summary>Keeps a failure that happened while another one was already on its way to the user.</summary>
    private void KeepWith(Exception primary, Exception? also)
    {
        if (also is null or OperationCanceledException)
            return;
        primary.Data["Failed while ending: " + also.GetType().Name] = also;
        if (!Stopping)
            WriteDebug($"While the command was ending, {also.GetType().Name}: {also.Message}");
    }
}
