namespace InMidst.Backup.Repositories;

/// <summary>Compares paths and URIs of repositories and of what lies in them.</summary>
internal static class Locations
{
    // As file systems of the platform usually do.
    private static readonly StringComparison PathComparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Whether a dump lies in a repository, at any depth.</summary>
    /// <param name="place">Absolute path or URI of the dump.</param>
    /// <param name="repository">Absolute path or URI of the repository.</param>
    public static bool IsIn(string place, string repository)
    {
        bool isUri = repository.Contains("://", StringComparison.Ordinal);
        return place.Length > repository.Length + 1
            && place.StartsWith(repository, isUri ? StringComparison.Ordinal : PathComparison)
            && (place[repository.Length] == '/' || (!isUri && place[repository.Length] == Path.DirectorySeparatorChar));
    }
}
