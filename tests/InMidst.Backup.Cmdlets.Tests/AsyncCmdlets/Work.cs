namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

/// <summary>What an <see cref="InvokeWorkCommand"/> does, and what has become of it.</summary>
public sealed class Work
{
    private int _cleanUps;

    public Func<InvokeWorkCommand, CancellationToken, Task>? Begin { get; init; }

    public Func<InvokeWorkCommand, CancellationToken, Task>? Process { get; init; }

    public Func<InvokeWorkCommand, CancellationToken, Task>? End { get; init; }

    public Func<InvokeWorkCommand, Task>? CleanUp { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Set by the work when it is under way.</summary>
    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Set by the work when it has seen its token cancelled.</summary>
    public TaskCompletionSource SawCancellation { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Holds the work up in its finally block.</summary>
    public TaskCompletionSource MayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True when the work has come to its very end.</summary>
    public bool HasEnded { get; set; }

    /// <summary>How often clean-up ran.</summary>
    public int CleanUps => _cleanUps;

    /// <summary>True when clean-up found the work still running.</summary>
    public bool CleanedUpTooEarly { get; private set; }

    /// <summary>The cmdlet that did it last.</summary>
    public InvokeWorkCommand? Cmdlet { get; set; }

    /// <summary>Waits for its cancellation, and takes its time to end.</summary>
    public async Task RunUntilCancelledAsync(CancellationToken cancellationToken)
    {
        try
        {
            Started.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            SawCancellation.TrySetResult();
            await MayEnd.Task;
            HasEnded = true;
        }
    }

    /// <summary>Writes 1, 2, 3 … until that is cancelled.</summary>
    public async Task WriteUntilCancelledAsync(InvokeWorkCommand cmdlet, CancellationToken cancellationToken)
    {
        try
        {
            for (int i = 1; ; i++)
                await cmdlet.Write(i, cancellationToken);
        }
        finally
        {
            // Long enough for a clean-up that does not wait to come too early.
            for (int i = 0; i < 1000; i++)
                await Task.Yield();
            HasEnded = true;
        }
    }

    internal async Task CleanUpAsync(InvokeWorkCommand cmdlet, bool needsTheEnd)
    {
        Interlocked.Increment(ref _cleanUps);
        CleanedUpTooEarly = needsTheEnd && !HasEnded;
        if (CleanUp is not null)
            await CleanUp(cmdlet);
    }
}
