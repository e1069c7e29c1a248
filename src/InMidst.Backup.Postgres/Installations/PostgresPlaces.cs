namespace InMidst.Backup.Postgres.Installations;

/// <summary>Where the packagers of PostgreSQL put its programs.</summary>
internal static class PostgresPlaces
{
    private static readonly string[] UnixPatterns =
    [
        "usr/lib/postgresql/*/bin",             // Debian, Ubuntu
        "usr/pgsql-*/bin",                      // PGDG on RHEL, Fedora, SUSE
        "usr/local/pgsql/bin",                  // make install
        "opt/homebrew/opt/postgresql@*/bin",    // Homebrew on Apple silicon
        "usr/local/opt/postgresql@*/bin",       // Homebrew on Intel
        "opt/homebrew/opt/libpq/bin",
        "usr/local/opt/libpq/bin",
    ];

    /// <summary>The directories to look into, existing ones only, the packagers' first, then those of PATH.</summary>
    public static IReadOnlyList<string> Directories()
    {
        IEnumerable<string> known = OperatingSystem.IsWindows()
            ? Expand(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL/*/bin")
            : UnixPatterns.SelectMany(pattern => Expand("/", pattern));
        IEnumerable<string> path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(Path.IsPathFullyQualified)
            .Where(Directory.Exists);
        return [.. known.Concat(path)];
    }

    /// <summary>The existing directories that a pattern names. A star stands for the rest of one segment.</summary>
    public static IEnumerable<string> Expand(string root, string pattern)
    {
        IEnumerable<string> found = [root];
        foreach (string segment in pattern.Split('/'))
            found = [.. found.SelectMany(directory => Step(directory, segment))];
        return found;
    }

    /// <summary>The path with every link in it resolved, so that one program found on two ways is known to be one.</summary>
    public static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        string root = Path.GetPathRoot(full)!;
        string real = root;
        foreach (string segment in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, segment);
            FileSystemInfo? target = new FileInfo(next).ResolveLinkTarget(returnFinalTarget: true);
            // The target's own directory may lie behind a link again.
            real = target is null ? next : RealPath(target.FullName);
        }
        return real;
    }

    /// <summary>
    /// Debian's /usr/bin/pg_dump is a script that picks a version by rules of its own, so its answer to --version
    /// says nothing about the program that a later call would run.
    /// </summary>
    public static bool IsDebianWrapper(string realPath) =>
        Path.GetFileName(realPath) == "pg_wrapper"
        && Path.GetFileName(Path.GetDirectoryName(realPath)) == "postgresql-common";

    private static IEnumerable<string> Step(string directory, string segment)
    {
        if (!segment.Contains('*', StringComparison.Ordinal))
        {
            string next = Path.Combine(directory, segment);
            return Directory.Exists(next) ? [next] : [];
        }
        return Directory.Exists(directory)
            ? Directory.EnumerateDirectories(directory, segment).Order(StringComparer.Ordinal)
            : [];
    }
}
