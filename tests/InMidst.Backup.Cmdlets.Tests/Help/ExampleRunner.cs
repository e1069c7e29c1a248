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
    /// <param name="example">What to type.</param>
    /// <param name="environment">Variables of the process; null removes one.</param>
    /// <param name="before">What the reader of the help has typed before, such as a first backup; or null.</param>
    public static IReadOnlyList<PSObject> Run(Example example, IReadOnlyDictionary<string, string?> environment, string? before = null)
    {
        using var directory = new TemporaryDirectory();
        Dictionary<string, string?> outer = environment.Keys.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        foreach ((string name, string? value) in environment)
            Environment.SetEnvironmentVariable(name, value);
        try
        {
            using var module = new StagedModule();
            module.Runspace.SessionStateProxy.Path.SetLocation(directory.Path);
            if (before is not null)
                module.Run(shell => shell.AddScript(before));
            return module.Run(shell => shell.AddScript(example.Code));
        }
        finally
        {
            foreach ((string name, string? value) in outer)
                Environment.SetEnvironmentVariable(name, value);
        }
    }
}
