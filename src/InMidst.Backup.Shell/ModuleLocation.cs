namespace InMidst.Backup.Shell;

/// <summary>Finds the module that <c>midst</c> belongs to.</summary>
internal static class ModuleLocation
{
    private const string ManifestName = "InMidst.Backup.psd1";
    private const string Variable = "MIDST_MODULE";

    /// <summary>
    /// Full path of the module's manifest: the one the environment variable MIDST_MODULE names (file or its directory), else the
    /// first one in the directory of this program or above it.
    /// </summary>
    /// <exception cref="ShellException">There is none, or the module beside it is not built.</exception>
    internal static string FindManifest()
    {
        string manifest = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? Named(named) : Above();
        string module = Path.Combine(Path.GetDirectoryName(manifest)!, "bin", "InMidst.Backup.dll");
        return File.Exists(module)
            ? manifest
            : throw new ShellException($"the module of '{manifest}' is not built: run ./build.sh build, or use -NoModule.");
    }

    private static string Named(string path)
    {
        string manifest = Path.GetFullPath(Directory.Exists(path) ? Path.Combine(path, ManifestName) : path);
        return File.Exists(manifest)
            ? manifest
            : throw new ShellException($"{Variable} is '{path}', but there is no module manifest.");
    }

    private static string Above()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string manifest = Path.Combine(directory.FullName, ManifestName);
            if (File.Exists(manifest))
                return manifest;
        }

        throw new ShellException(
            $"{ManifestName} was not found in '{AppContext.BaseDirectory}' or above: set {Variable} to it, or use -NoModule.");
    }
}
