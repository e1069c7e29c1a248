using System.Management.Automation;
using System.Reflection;

namespace InMidst.Backup.Help.Checks;

/// <summary>The manifest's CmdletsToExport and the cmdlets of the assembly must be the same list.</summary>
internal static class ExportCheck
{
    /// <summary>Reports every name that only one of the two has.</summary>
    public static void Run(LoadedModule module, string manifest, GapList gaps)
    {
        Dictionary<string, Type> written = module.Assembly.GetExportedTypes()
            .Select(type => (type, cmdlet: type.GetCustomAttribute<CmdletAttribute>()))
            .Where(found => found.cmdlet is not null)
            .ToDictionary(found => $"{found.cmdlet!.VerbName}-{found.cmdlet.NounName}", found => found.type, StringComparer.OrdinalIgnoreCase);

        foreach (string missing in module.Listed.Except(written.Keys, StringComparer.OrdinalIgnoreCase))
            gaps.AddAt(manifest, GapCode.Export, $"CmdletsToExport names {missing}, but no class is that cmdlet.");
        foreach ((string name, Type type) in written.Where(cmdlet => !module.Listed.Contains(cmdlet.Key, StringComparer.OrdinalIgnoreCase)))
            gaps.Add(type, null, GapCode.Export, $"{name} is not in CmdletsToExport of {Path.GetFileName(manifest)}: users would not see it.");
    }
}
