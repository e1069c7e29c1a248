using System.Globalization;
using System.Text;

namespace InMidst.Backup.Testing;

/// <summary>
/// The major versions of PostgreSQL that tests of several versions use: those on this machine, and those <c>build.sh matrix</c> has
/// fetched. All other tests run on the newest that is on the machine.
/// </summary>
public static class PostgresMajors
{
    /// <summary>More directories of programs, separated as in PATH; build.ps1 names what was fetched.</summary>
    public const string DirectoriesVariable = "MIDST_TEST_POSTGRES";

    /// <summary>Major versions that must be there, separated by commas; build.ps1 sets it for the matrix.</summary>
    public const string RequiredVariable = "MIDST_TEST_MAJORS";

    private static readonly Lazy<SortedDictionary<int, string>> Clients = new(() => Find("pg_dump", PostgresPrograms.HasClient));
    private static readonly Lazy<SortedDictionary<int, PostgresMajor>> Found = new(Search);

    /// <summary>The majors that are there and those that must be, lowest first.</summary>
    public static IReadOnlyList<int> All => [.. Required().Concat(Found.Value.Keys).Distinct().Order()];

    /// <summary>The newest psql and pg_dump there are.</summary>
    public static string NewestClientDirectory => Clients.Value.Values.Last();

    /// <summary>One of them.</summary>
    /// <param name="number">The major version.</param>
    /// <exception cref="PostgresServerException">It is not there; the message says how to get it.</exception>
    public static PostgresMajor Get(int number) => Found.Value.TryGetValue(number, out PostgresMajor? major)
        ? major
        : throw new PostgresServerException(
            $"PostgreSQL {number} was not found: a server in /usr/lib/postgresql/{number}/bin, /usr/pgsql-{number}/bin or a directory of "
            + $"{DirectoriesVariable}, and psql and pg_dump that are not older. ./build.sh matrix fetches what is missing.");

    private static IEnumerable<int> Required() => (Environment.GetEnvironmentVariable(RequiredVariable) ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries).Select(major => int.Parse(major, CultureInfo.InvariantCulture));

    private static SortedDictionary<int, PostgresMajor> Search()
    {
        var majors = new SortedDictionary<int, PostgresMajor>();
        foreach ((int number, string directory) in Find("postgres", PostgresPrograms.HasServer))
        {
            // A pg_dump that is older than the server refuses it.
            string? client = Clients.Value.FirstOrDefault(client => client.Key >= number).Value;
            if (client is not null)
                majors.Add(number, new PostgresMajor(number, Version(directory, "postgres"), directory, client));
        }

        return majors;
    }

    // The first directory of each major wins: what all other tests run on, then the packagers'.
    private static SortedDictionary<int, string> Find(string program, Func<string, bool> isWhole)
    {
        var found = new SortedDictionary<int, string>();
        foreach (string directory in Directories().Where(isWhole))
            found.TryAdd(int.Parse(Version(directory, program).TakeWhile(char.IsAsciiDigit).ToArray(), CultureInfo.InvariantCulture), directory);
        return found;
    }

    private static IEnumerable<string> Directories()
    {
        string server = PostgresPrograms.FindServer();
        return new[] { server, PostgresPrograms.FindClient(server) }.Concat(PostgresPrograms.Directories())
            .Concat((Environment.GetEnvironmentVariable(DirectoriesVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
    }

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    private static string Version(string directory, string program)
    {
        byte[] printed = ClientProgram.RunAsync(Path.Combine(directory, program), ["--version"], new Dictionary<string, string>()).GetAwaiter().GetResult();
        return Encoding.ASCII.GetString(printed).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)[2];
    }
}
