namespace InMidst.Backup.Testing;

/// <summary>Finds the programs of Ceph.</summary>
public static class CephPrograms
{
    private static readonly string[] Needed = ["ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin"];

    /// <summary>Looks whether all programs are there, in PATH or where Debian has them.</summary>
    /// <exception cref="S3ServerException">One is not; the message says how to get it.</exception>
    public static void Require() => Require(Directories());

    /// <summary>Looks in these directories only.</summary>
    /// <exception cref="S3ServerException">A program is in none of them; the message says how to get it.</exception>
    public static void Require(IReadOnlyCollection<string> directories)
    {
        string[] missing = [.. Needed.Where(program => !directories.Any(directory => File.Exists(Path.Combine(directory, program))))];
        if (missing.Length > 0)
        {
            throw new S3ServerException(
                $"The tests of S3 need a Ceph RADOS Gateway, and {string.Join(", ", missing)} "
                + $"{(missing.Length == 1 ? "is" : "are")} not in PATH or /usr/bin. "
                + "Install it (Debian: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw); no service need run.");
        }
    }

    private static string[] Directories() =>
        ["/usr/bin", .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)];
}
