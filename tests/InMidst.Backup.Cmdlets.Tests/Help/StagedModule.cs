using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>The module as the build left it at the root of the repository, and a runspace that has imported it.</summary>
public sealed class StagedModule : IDisposable
{
    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The manifest users import.</summary>
    public static string Manifest { get; } = Path.Combine(Root, "InMidst.Backup.psd1");

    /// <summary>What this build made of a project; the configuration is the one the tests were built in.</summary>
    public static string Output(string project, string file) =>
        Path.Combine(Root, "artifacts", "bin", project, Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)), file);

    /// <summary>The cmdlets the manifest promises.</summary>
    public static IReadOnlyList<string> PromisedCmdlets()
    {
        Ast content = Parser.ParseFile(Manifest, out _, out _).Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false);
        var data = (Hashtable)((HashtableAst)content).SafeGetValue();
        return [.. ((IEnumerable)data["CmdletsToExport"]!).Cast<string>()];
    }

    /// <summary>Imports the module into a runspace that loads no other module by itself.</summary>
    public StagedModule()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        state.Variables.Add(new SessionStateVariableEntry("PSModuleAutoLoadingPreference", PSModuleAutoLoadingPreference.None, null));
        Runspace = RunspaceFactory.CreateRunspace(state);
        Runspace.Open();
        Module = Run(shell => shell.AddCommand("Import-Module").AddParameter("Name", Manifest).AddParameter("PassThru"))
            .Select(result => (PSModuleInfo)result.BaseObject).Single();
    }

    /// <summary>The runspace.</summary>
    public Runspace Runspace { get; }

    /// <summary>The module in it.</summary>
    public PSModuleInfo Module { get; }

    /// <summary>Runs a command; any error it reports fails the test.</summary>
    public IReadOnlyList<PSObject> Run(Action<PowerShell> command)
    {
        using PowerShell shell = PowerShell.Create(Runspace);
        command(shell);
        IReadOnlyList<PSObject> output = shell.Invoke(null, new PSInvocationSettings { ErrorActionPreference = ActionPreference.Continue });
        Assert.Empty(shell.Streams.Error);
        return output;
    }

    /// <inheritdoc/>
    public void Dispose() => Runspace.Dispose();

    private static string FindRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "InMidst.Backup.psd1")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("The tests run outside of the repository.");
        return directory;
    }
}
