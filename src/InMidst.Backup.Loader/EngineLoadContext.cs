using System.Reflection;
using System.Runtime.Loader;

namespace InMidst.Backup.Loader;

/// <summary>Holds the engine and its packages, apart from other copies of them in the process.</summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    private readonly string _directory =
        Path.Combine(Path.GetDirectoryName(typeof(EngineLoadContext).Assembly.Location)!, "deps");

    private EngineLoadContext()
        : base("InMidst.Backup", isCollectible: false)
    {
    }

    /// <summary>The one context of the process.</summary>
    internal static EngineLoadContext Instance { get; } = new();

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string file = Path.Combine(_directory, assemblyName.Name + ".dll");

        // What is not ours, .NET itself and the cmdlet assembly, comes from the default context.
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }
}
