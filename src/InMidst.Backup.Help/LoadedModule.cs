using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Reflection;
using Microsoft.PowerShell;

namespace InMidst.Backup.Help;

/// <summary>The staged module, imported into a runspace of its own: what it exports is what users get.</summary>
internal sealed class LoadedModule : IDisposable
{
    private readonly Runspace _runspace;

    private LoadedModule(Runspace runspace, PSModuleInfo module, IReadOnlyList<string> listed)
    {
        _runspace = runspace;
        Cmdlets = [.. module.ExportedCmdlets.Values.OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];
        Assembly = module.ImplementingAssembly ?? (Cmdlets.Count > 0 ? Cmdlets[0].ImplementingType.Assembly : null)
            ?? throw new RuntimeException("its manifest names no cmdlet assembly as RootModule.");
        Listed = listed;
    }

    /// <summary>The exported cmdlets, by name.</summary>
    public IReadOnlyList<CmdletInfo> Cmdlets { get; }

    /// <summary>The cmdlet assembly.</summary>
    public Assembly Assembly { get; }

    /// <summary>CmdletsToExport as the manifest has it.</summary>
    public IReadOnlyList<string> Listed { get; }

    /// <summary>Imports the module, alone: no other module is loaded on demand.</summary>
    /// <exception cref="RuntimeException">The module or one of its files does not load.</exception>
    public static LoadedModule Import(string manifest)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        state.Variables.Add(new SessionStateVariableEntry("PSModuleAutoLoadingPreference", PSModuleAutoLoadingPreference.None, null));

        Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
        try
        {
            // The binder of examples looks for commands in the thread's runspace.
            Runspace.DefaultRunspace = runspace;
            using PowerShell shell = PowerShell.Create(runspace);
            shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("PassThru").AddParameter("ErrorAction", "Stop");
            PSModuleInfo module = shell.Invoke<PSModuleInfo>().Single();
            return new LoadedModule(runspace, module, ReadListed(manifest));
        }
        catch
        {
            runspace.Dispose();
            throw;
        }
    }

    /// <summary>A cmdlet, function or alias that this runspace can run: the module's own and those of the engine itself.</summary>
    public CommandInfo? Find(string name)
    {
        CommandInfo? found = _runspace.SessionStateProxy.InvokeCommand.GetCommand(name, CommandTypes.Cmdlet | CommandTypes.Function | CommandTypes.Alias);
        return found is AliasInfo alias ? alias.ResolvedCommand : found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Runspace.DefaultRunspace = null;
        _runspace.Dispose();
    }

    private static List<string> ReadListed(string manifest)
    {
        var content = (HashtableAst)Parser.ParseFile(manifest, out _, out _).Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false)!;
        var data = (Hashtable)content.SafeGetValue();
        return [.. ((IEnumerable?)data["CmdletsToExport"] ?? Array.Empty<object>()).Cast<object>().Select(name => (string)name)];
    }
}
