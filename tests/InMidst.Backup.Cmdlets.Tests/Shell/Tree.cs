namespace InMidst.Backup.Cmdlets.Tests.Shell;

/// <summary>Where things are in the tree these tests were built from.</summary>
internal static class Tree
{
    /// <summary>The directory of the solution.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The midst of the same build configuration as these tests.</summary>
    internal static string Midst
    {
        get
        {
            string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            string name = OperatingSystem.IsWindows() ? "midst.exe" : "midst";
            return Path.Combine(Root, "artifacts", "bin", "InMidst.Backup.Shell", configuration, name);
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "InMidst.Backup.sln")))
                return directory.FullName;
        }

        throw new DirectoryNotFoundException($"No solution above {AppContext.BaseDirectory}.");
    }
}
