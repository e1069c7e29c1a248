using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Repositories;

/// <summary>Where this account keeps what may be lost at any time.</summary>
internal static class UserCache
{
    /// <summary>The cache of manifests; null where the account has no place for such.</summary>
    public static ManifestCache? Open(TimeProvider clock) => FindDirectory() is { } directory
        ? new ManifestCache(Path.Combine(directory, "inmidst", "manifests"), clock)
        : null;

    private static string? FindDirectory()
    {
        if (OperatingSystem.IsWindows())
            return Rooted(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData));

        // The specification of these directories says that a relative one is to be ignored.
        return Rooted(Environment.GetEnvironmentVariable("XDG_CACHE_HOME"))
            ?? (Rooted(Environment.GetEnvironmentVariable("HOME")) is { } home ? Path.Combine(home, ".cache") : null);
    }

    private static string? Rooted(string? path) => !string.IsNullOrEmpty(path) && Path.IsPathRooted(path) ? path : null;
}
