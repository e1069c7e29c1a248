using System.Management.Automation;
using System.Reflection;

namespace InMidst.Backup.Help.Documentation;

/// <summary>Turns a reference to code into the name a PowerShell user knows: a cmdlet's name, a parameter with its dash.</summary>
internal sealed class CrefNames(Assembly assembly)
{
    private readonly Dictionary<string, Type> _types = assembly.GetTypes()
        .Where(type => type.FullName is not null)
        .ToDictionary(type => type.FullName!.Replace('+', '.'), StringComparer.Ordinal);

    /// <summary>The name for a documentation id such as <c>T:Namespace.Type</c>.</summary>
    public string NameOf(string cref)
    {
        string id = cref.Length > 2 && cref[1] == ':' ? cref[2..] : cref;
        int arguments = id.IndexOf('(', StringComparison.Ordinal);
        string path = arguments < 0 ? id : id[..arguments];
        int dot = path.LastIndexOf('.');
        string last = path[(dot + 1)..].Split('`')[0];

        if (_types.TryGetValue(path, out Type? type))
            return CmdletName(type) ?? last;
        bool isParameter = dot > 0 && _types.TryGetValue(path[..dot], out Type? owner)
            && owner.GetProperty(last)?.GetCustomAttribute<ParameterAttribute>() is not null;
        return isParameter ? "-" + last : last;
    }

    /// <summary>The cmdlet a documentation id stands for, or null.</summary>
    public string? CmdletOf(string cref) => _types.TryGetValue(cref.Length > 2 ? cref[2..] : cref, out Type? type) ? CmdletName(type) : null;

    private static string? CmdletName(Type type) =>
        type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet ? $"{cmdlet.VerbName}-{cmdlet.NounName}" : null;
}
