using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace InMidst.Backup.Cmdlets.Tests.Hosting;

/// <summary>A script that runs.</summary>
public sealed class PsInvocation : IDisposable
{
    /// <summary>Far more than anything here takes: reached only by a hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly PowerShell _powerShell;
    private readonly PSDataCollection<PSObject?> _output = [];
    private readonly IAsyncResult _running;

    internal PsInvocation(Runspace runspace, string script)
    {
        _powerShell = PowerShell.Create(runspace);
        _powerShell.AddScript(script, useLocalScope: false);
        _running = _powerShell.BeginInvoke<PSObject, PSObject?>(input: null, _output);
    }

    /// <summary>Running, Stopping, Stopped, Completed or Failed.</summary>
    public PSInvocationState State => _powerShell.InvocationStateInfo.State;

    /// <summary>Does what Ctrl-C does, without waiting for its end.</summary>
    public IAsyncResult BeginStop() => _powerShell.BeginStop(callback: null, state: null);

    /// <summary>Does what Ctrl-C does, and waits for the end.</summary>
    public PsResult Stop()
    {
        BeginStop();
        return Wait();
    }

    /// <summary>Waits for the end of the script, however it comes.</summary>
    public PsResult Wait()
    {
        if (!_running.AsyncWaitHandle.WaitOne(Patience))
        {
            BeginStop();
            throw new TimeoutException("The script did not end: " + _powerShell.Commands.Commands[0].CommandText);
        }

        ErrorRecord? failure = null;
        try
        {
            _powerShell.EndInvoke(_running);
        }
        catch (PipelineStoppedException)
        {
            // Seen in State.
        }
        catch (RuntimeException terminating)
        {
            failure = terminating.ErrorRecord;
        }

        return Result(failure);
    }

    public void Dispose() => _powerShell.Dispose();

    private PsResult Result(ErrorRecord? failure)
    {
        PSDataStreams streams = _powerShell.Streams;
        return new PsResult
        {
            Output = [.. _output],
            Errors = [.. streams.Error],
            Failure = failure,
            Warnings = [.. streams.Warning.Select(record => record.Message)],
            Verbose = [.. streams.Verbose.Select(record => record.Message)],
            Debug = [.. streams.Debug.Select(record => record.Message)],
            Information = [.. streams.Information.Select(record => record.MessageData)],
            Progress = [.. streams.Progress],
            State = State,
            HadErrors = _powerShell.HadErrors,
        };
    }
}
