using System.Globalization;

namespace InMidst.Backup.Testing;

/// <summary>Finds the programs of a PostgreSQL installation.</summary>
public static class PostgresPrograms
{
    /// <summary>Directory to use instead of the newest one that is found.</summary>
    public const string OverrideVariable = "MIDST_TEST_PG_BIN";

    /// <summary>The directory with the newest server: initdb, pg_ctl and postgres.</summary>
    /// <exception cref="PostgresServerException">There is none; the message says how to get one.</exception>
    public static string FindServer()
    {
        if (Environment.GetEnvironmentVariable(OverrideVariable) is { Length: > 0 } named)
        {
            return HasServer(named)
                ? named
                : throw new PostgresServerException($"{OverrideVariable} names {named}, which does not hold initdb, pg_ctl and postgres.");
        }

        return Directories().FirstOrDefault(HasServer) ?? throw new PostgresServerException(
            "The integration tests need a PostgreSQL server (initdb, pg_ctl, postgres), and none was found in /usr/lib/postgresql/*/bin, "
            + $"/usr/pgsql-*/bin or PATH. Install one (Debian: apt-get install postgresql) or name its directory in {OverrideVariable}.");
    }

    /// <summary>The directory with psql and pg_dump: the server's own where they are there, else the newest.</summary>
    /// <param name="serverDirectory">What <see cref="FindServer"/> gave.</param>
    /// <exception cref="PostgresServerException">There is none.</exception>
    public static string FindClient(string serverDirectory) =>
        new[] { serverDirectory }.Concat(Directories()).FirstOrDefault(HasClient) ?? throw new PostgresServerException(
            "The integration tests need psql and pg_dump (Debian: apt-get install postgresql-client).");

    internal static bool HasServer(string directory) =>
        new[] { "initdb", "pg_ctl", "postgres" }.All(program => File.Exists(Path.Combine(directory, program)));

    internal static bool HasClient(string directory) =>
        new[] { "psql", "pg_dump" }.All(program => File.Exists(Path.Combine(directory, program)));

    /// <summary>The packagers' directories, the newest major first, then those of PATH. Nothing says that they exist.</summary>
    internal static IEnumerable<string> Directories() =>
        Installed("/usr/lib/postgresql", "").Concat(Installed("/usr", "pgsql-"))
            .OrderByDescending(found => found.Major)
            .Select(found => found.Path)
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<(int Major, string Path)> Installed(string root, string prefix)
    {
        if (!Directory.Exists(root))
            yield break;

        foreach (string directory in Directory.EnumerateDirectories(root, prefix + "*"))
        {
            if (int.TryParse(Path.GetFileName(directory)[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int major))
                yield return (major, Path.Combine(directory, "bin"));
        }
    }
}
