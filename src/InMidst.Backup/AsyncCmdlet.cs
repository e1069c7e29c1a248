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
public abstract partial class AsyncCmdlet : PSCmdlet, IDisposable
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
