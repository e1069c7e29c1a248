using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace InMidst.Backup.Cmdlets.Tests.Hosting;

/// <summary>One runspace of the real PowerShell engine. What hangs is stopped and fails.</summary>
public sealed class PowerShellHost : IDisposable
{
    private readonly Runspace _runspace;

    /// <summary>Opens a runspace with the given cmdlets besides PowerShell's own.</summary>
    /// <param name="host">Who answers prompts; without one every prompt is an error.</param>
    /// <param name="cmdlets">Cmdlets of the test.</param>
    public PowerShellHost(PSHost? host = null, params (string Name, Type Type)[] cmdlets)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        foreach ((string name, Type type) in cmdlets)
            state.Commands.Add(new SessionStateCmdletEntry(name, type, helpFileName: null));
        _runspace = host is null ? RunspaceFactory.CreateRunspace(state) : RunspaceFactory.CreateRunspace(host, state);
        _runspace.Open();
    }

    /// <summary>Gives the scripts a variable.</summary>
    public void Set(string name, object? value) => _runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>Runs a script to its end.</summary>
    public PsResult Run(string script)
    {
        using PsInvocation invocation = Start(script);
        return invocation.Wait();
    }

    /// <summary>Starts a script; it runs while the test does something else, such as stopping it.</summary>
    public PsInvocation Start(string script) => new(_runspace, script);

    public void Dispose() => _runspace.Dispose();
}
