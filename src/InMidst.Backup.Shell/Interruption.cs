using System.Management.Automation;
using System.Runtime.InteropServices;

namespace InMidst.Backup.Shell;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal stop the pipeline, so that <c>finally</c> blocks run and child processes are ended.
/// A second signal ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private PowerShell? _running;
    private Task _stopping = Task.CompletedTask;

    /// <summary>Begins to listen.</summary>
    internal Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, 2)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, 15)),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => OnSignal(context, 1)),
    ];

    /// <summary>The exit code that tells of the signal, or null if none came.</summary>
    internal int? ExitCode { get; private set; }

    /// <summary>Cancelled by the first signal; ends a wait for the user's answer.</summary>
    internal CancellationToken Requested => _requested.Token;

    /// <summary>Runs the pipeline to its end. A signal stops it; then the call returns when it has stopped completely.</summary>
    /// <exception cref="PipelineStoppedException">A signal stopped it, or had come before.</exception>
    internal void Invoke(PowerShell pipeline)
    {
        pipeline.InvocationStateChanged += OnStateChanged;
        try
        {
            lock (_gate)
            {
                _requested.Token.ThrowIfStopped();
                _running = pipeline;
            }

            pipeline.Invoke();
        }
        finally
        {
            lock (_gate)
                _running = null;
            _stopping.GetAwaiter().GetResult();
            pipeline.InvocationStateChanged -= OnStateChanged;
        }

        _requested.Token.ThrowIfStopped();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _requested.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int number)
    {
        lock (_gate)
        {
            if (ExitCode is not null)
                return;
            context.Cancel = true;
            ExitCode = ExitCodes.SignalBase + number;
            _requested.Cancel();
            StopRunning();
        }
    }

    /// <summary>A signal between the first check and the start of the pipeline found nothing to stop yet.</summary>
    private void OnStateChanged(object? sender, PSInvocationStateChangedEventArgs change)
    {
        if (change.InvocationStateInfo.State != PSInvocationState.Running)
            return;
        lock (_gate)
        {
            if (ExitCode is not null)
                StopRunning();
        }
    }

    /// <summary>Stop waits for the pipeline's own thread, and that may be waiting for ours: never stop on the thread of an event.</summary>
    private void StopRunning()
    {
        if (_running is { } pipeline)
            _stopping = Task.Run(pipeline.Stop);
    }
}
