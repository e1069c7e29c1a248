using System.Management.Automation;

namespace InMidst.Backup;

/// <summary>
/// Calls that wait for the pipeline thread, the only thread that may call PowerShell, in the order they were made.
/// Calls may come from any thread at any time; the pipeline thread works them off while it waits for the work.
/// </summary>
internal sealed class PipelinePump
{
    private readonly object _gate = new();
    private readonly Queue<Call> _calls = new();
    private readonly Action _cancelWork;
    private readonly CancellationToken _stopped;
    private bool _closed;

    /// <summary>Makes a pump that is open and empty.</summary>
    /// <param name="cancelWork">Cancels the work; called before the work learns that the pipeline failed.</param>
    /// <param name="stopped">When cancelled, waiting calls are cancelled instead of run.</param>
    internal PipelinePump(Action cancelWork, CancellationToken stopped)
    {
        _cancelWork = cancelWork;
        _stopped = stopped;
    }

    /// <summary>Queues a call nobody waits for. After <see cref="Close"/> there is nowhere to write it to, and it is dropped.</summary>
    internal void Post(Action call) => Enqueue(new Call(call, cancel: null));

    /// <summary>
    /// Queues a call and waits until it has run. Whatever it throws is the pipeline's end (a downstream stop,
    /// -ErrorAction Stop, a host that cannot prompt): <see cref="Drain"/> throws it, the caller sees a cancellation.
    /// </summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, or the token was cancelled.</exception>
    internal Task<T> InvokeAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        var done = NewCompletion<T>();
        void Run()
        {
            if (!cancellationToken.IsCancellationRequested)
                done.TrySetResult(call());
        }

        return WaitAsync(Run, done, cancellationToken);
    }

    /// <summary>Queues a call and waits for its result or its exception. Only a stop of the pipeline ends more than the call.</summary>
    /// <exception cref="OperationCanceledException">The pipeline has ended, or the token was cancelled.</exception>
    internal Task<T> AskAsync<T>(Func<T> call, CancellationToken cancellationToken)
    {
        var done = NewCompletion<T>();
        void Run()
        {
            if (cancellationToken.IsCancellationRequested)
                return;
            try
            {
                done.TrySetResult(call());
            }
            catch (Exception failure) when (failure is not PipelineStoppedException)
            {
                done.TrySetException(failure);
            }
        }

        return WaitAsync(Run, done, cancellationToken);
    }

    /// <summary>Runs calls on the calling thread until the work has ended and nothing waits any more.</summary>
    /// <remarks>What a call throws is thrown on. The work has then been told to cancel but may still run.</remarks>
    internal void Drain(Task work)
    {
        _ = work.ContinueWith(
            static (_, pump) => ((PipelinePump)pump!).Wake(),
            this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (Take(work) is { } call)
        {
            if (_stopped.IsCancellationRequested)
                call.Cancel?.Invoke();
            else
                Run(call);
        }
    }

    /// <summary>Cancels what waits and all that is still to come.</summary>
    internal void Close()
    {
        Call[] left;
        lock (_gate)
        {
            _closed = true;
            left = [.. _calls];
            _calls.Clear();
        }

        foreach (Call call in left)
            call.Cancel?.Invoke();
    }

    // Continuations must not run on the pipeline thread: the work would hold up the pump it waits for.
    private static TaskCompletionSource<T> NewCompletion<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<T> WaitAsync<T>(Action run, TaskCompletionSource<T> done, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        Enqueue(new Call(run, () => done.TrySetCanceled(_stopped)));
        return done.Task.WaitAsync(cancellationToken);
    }

    private void Run(Call call)
    {
        try
        {
            call.Run();
        }
        catch
        {
            _cancelWork();
            call.Cancel?.Invoke();
            throw;
        }
    }

    private void Enqueue(Call call)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _calls.Enqueue(call);
                Monitor.PulseAll(_gate);
                return;
            }
        }

        call.Cancel?.Invoke();
    }

    private Call? Take(Task work)
    {
        lock (_gate)
        {
            while (_calls.Count == 0 && !work.IsCompleted)
                Monitor.Wait(_gate);
            return _calls.TryDequeue(out Call? call) ? call : null;
        }
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private sealed class Call(Action run, Action? cancel)
    {
        internal Action Run { get; } = run;

        internal Action? Cancel { get; } = cancel;
    }
}
