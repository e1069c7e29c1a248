using System.Management.Automation;

namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>
/// Types an example into a fresh runspace, in an empty directory, with the environment a test prepares. An example marked
/// <c>run="server"</c> expects PGHOST, PGPORT, PGUSER and the like to lead to a server that may be thrown away.
/// The environment belongs to the whole process: classes that use this are in <see cref="ProcessEnvironment"/>.
/// </summary>
internal static class ExampleRunner
{
    /// <summary>Runs it; any error it reports, of either kind, fails the test.</summary>
    public static IReadOnlyList<PSObject> Run(Example example, IReadOnlyDictionary<string, string?> environment)
    {
        using var directory = new TemporaryDirectory();
        Dictionary<string, string?> before = environment.Keys.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        foreach ((string name, string? value) in environment)
            Environment.SetEnvironmentVariable(name, value);
        try
        {
            using var module = new StagedModule();
            module.Runspace.SessionStateProxy.Path.SetLocation(directory.Path);
            return module.Run(shell => shell.AddScript(example.Code));
        }
        finally
        {
            foreach ((string name, string? value) in before)
                Environment.SetEnvironmentVariable(name, value);
        }
    }
}
