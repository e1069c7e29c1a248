using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace InMidst.Backup.Loader;

/// <summary>
/// Tells .NET where the engine's assemblies are, before PowerShell reads the cmdlet assembly that refers to them.
/// Everything the engine needs in turn is found by its own context, whatever else the process has loaded.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    // Only these: a name that others use too must never be answered with our copy.
    private static readonly HashSet<string> EngineNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "InMidst.Backup.Core",
        "InMidst.Backup.Postgres",
    };

    private static int _hooked;

    /// <summary>
    /// Hooks the resolving of the engine's names, once per process. It is never unhooked: modules come and go
    /// per runspace, and another runspace may be in the middle of a backup.
    /// </summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _hooked, 1) == 0)
            AssemblyLoadContext.Default.Resolving += Resolve;
    }

    private static Assembly? Resolve(AssemblyLoadContext asking, AssemblyName name) =>
        name.Name is { } simpleName && EngineNames.Contains(simpleName)
            ? EngineLoadContext.Instance.LoadFromAssemblyName(name)
            : null;
}
