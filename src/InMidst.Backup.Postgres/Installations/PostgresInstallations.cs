using System.ComponentModel;
using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Postgres.Installations;

/// <summary>Finds the PostgreSQL programs of this machine and chooses among them.</summary>
public static class PostgresInstallations
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(10);

    // What a server needs beside postgres itself. A package may have split them off.
    private static readonly string[] ServerPrograms = ["initdb", "pg_ctl"];

    private static readonly Dictionary<string, string?> PlainLanguage = new() { ["LC_ALL"] = "C" };

    /// <summary>
    /// All installations that have the program, lowest version first. Each is asked for its version; one that does not
    /// answer properly within ten seconds is left out. A program reachable on several ways is there once.
    /// </summary>
    /// <param name="binDirectories">Where to look; nothing else is looked at. Null or empty: the packagers' places and PATH.</param>
    /// <param name="program">The program to look for: "pg_dump", "postgres".</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<IReadOnlyList<PostgresInstallation>> FindAsync(
        IReadOnlyList<string>? binDirectories, string program, CancellationToken cancellationToken)
    {
        Search search = await SearchAsync(binDirectories, program, cancellationToken).ConfigureAwait(false);
        return search.Found;
    }

    /// <summary>
    /// The installation whose pg_dump reads a server: the lowest major version that is not below the server's, and of
    /// several with that one the highest minor version.
    /// </summary>
    /// <param name="serverMajor">The server's major version.</param>
    /// <param name="binDirectories">Where to look; null or empty for the usual places.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.PgDumpNotFound"/>, or <see cref="ErrorIds.PgDumpTooOld"/> naming every one found.
    /// </exception>
    public static async Task<PostgresInstallation> ForDumpAsync(
        int serverMajor, IReadOnlyList<string>? binDirectories, CancellationToken cancellationToken)
    {
        Search search = await SearchAsync(binDirectories, "pg_dump", cancellationToken).ConfigureAwait(false);
        if (Lowest(search.Found, serverMajor) is { } chosen)
            return chosen;
        if (search.Found.Count == 0)
            throw new BackupException(ErrorIds.PgDumpNotFound, $"No pg_dump was found in {search.Places}.{search.LeftOut}");
        throw new BackupException(
            ErrorIds.PgDumpTooOld,
            $"The server is PostgreSQL {serverMajor}, and a pg_dump older than the server refuses it. "
            + $"Found: {Describe(search.Found)}.{search.LeftOut}");
    }

    /// <summary>The installation to make a server from: it has initdb, pg_ctl and postgres.</summary>
    /// <param name="minimumMajor">The lowest version at or above this one is chosen; null chooses the newest.</param>
    /// <param name="binDirectories">Where to look; null or empty for the usual places.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.ServerBinariesNotFound"/>, naming every one found.</exception>
    public static async Task<PostgresInstallation> ForServerAsync(
        int? minimumMajor, IReadOnlyList<string>? binDirectories, CancellationToken cancellationToken)
    {
        Search search = await SearchAsync(binDirectories, "postgres", cancellationToken).ConfigureAwait(false);
        PostgresInstallation[] whole = [.. search.Found.Where(found => ServerPrograms.All(found.Has))];
        PostgresInstallation? chosen = minimumMajor is { } minimum ? Lowest(whole, minimum) : whole.LastOrDefault();
        if (chosen is not null)
            return chosen;

        string wanted = minimumMajor is null ? "" : $" of version {minimumMajor} or newer";
        string found = search.Found.Count == 0
            ? $"None were found in {search.Places}."
            : $"Found: {Describe(search.Found)}.";
        string package = minimumMajor is null ? "postgresql" : string.Create(CultureInfo.InvariantCulture, $"postgresql-{minimumMajor}");
        throw new BackupException(
            ErrorIds.ServerBinariesNotFound,
            $"A sandbox needs the server programs of PostgreSQL{wanted} (postgres, initdb, pg_ctl). {found}{search.LeftOut}",
            guidance: $"Install the PostgreSQL server (Debian: apt install {package}) or name its directory with -BinDirectory.");
    }

    private static PostgresInstallation? Lowest(IReadOnlyList<PostgresInstallation> ascending, int minimumMajor)
    {
        int? major = ascending.FirstOrDefault(found => found.Major >= minimumMajor)?.Major;
        return ascending.LastOrDefault(found => found.Major == major);
    }

    private static string Describe(IEnumerable<PostgresInstallation> found) => string.Join(", ", found.Select(
        one => $"{one.Version} in {one.BinDirectory}"
            + string.Concat(one.Has("postgres") ? ServerPrograms.Where(name => !one.Has(name)).Select(name => $" (no {name})") : [])));

    private static async Task<Search> SearchAsync(
        IReadOnlyList<string>? binDirectories, string program, CancellationToken cancellationToken)
    {
        bool given = binDirectories is { Count: > 0 };
        IReadOnlyList<string> directories = given ? binDirectories! : PostgresPlaces.Directories();
        string places = given ? string.Join(", ", directories) : "the usual places and the directories of PATH";

        var candidates = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string directory in directories.Select(Path.GetFullPath))
        {
            string file = new PostgresInstallation(directory, 0, "").Program(program);
            if (File.Exists(file))
                candidates.TryAdd(PostgresPlaces.RealPath(file), directory);
        }
        Answer[] answers = await Task.WhenAll(
            candidates.Select(one => AskAsync(one.Key, one.Value, program, cancellationToken))).ConfigureAwait(false);

        return new Search(
            [.. answers.Where(a => a.Installation is not null)
                .OrderBy(a => a.Version.Major).ThenBy(a => a.Version.Minor).Select(a => a.Installation!)],
            places,
            string.Concat(answers.Where(a => a.Failure is not null && (given || !a.IsWrapper)).Select(a => " " + a.Failure)));
    }

    private static async Task<Answer> AskAsync(string realPath, string foundIn, string program, CancellationToken cancellationToken)
    {
        if (PostgresPlaces.IsDebianWrapper(realPath))
        {
            return new Answer(null, default, $"{program} in {foundIn} is Debian's pg_wrapper and has no version of its own.", true);
        }
        try
        {
            ChildOutput output = await ChildProcess.RunAsync(
                new ChildProcessOptions { FileName = realPath, Arguments = ["--version"], Environment = PlainLanguage },
                VersionLimit, cancellationToken).ConfigureAwait(false);
            if (output.Code == 0 && ProgramVersion.Parse(output.StandardOutput) is { } version)
            {
                // A link may have another name than the program; the siblings are then beside the link.
                string real = Path.GetDirectoryName(realPath)!;
                bool sameName = Path.GetFileNameWithoutExtension(realPath) == program;
                return new Answer(new PostgresInstallation(sameName ? real : foundIn, version.Major, version.Text), version, null, false);
            }
            string said = output.Code == 0 ? "did not print a version" : $"ended with code {output.Code}: {FirstLine(output.StandardErrorTail)}";
            return new Answer(null, default, $"{realPath} was left out: it {said}.", false);
        }
        catch (Exception e) when (e is Win32Exception or TimeoutException)
        {
            return new Answer(null, default, $"{realPath} was left out: {FirstLine(e.Message)}", false);
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();

    private sealed record Search(IReadOnlyList<PostgresInstallation> Found, string Places, string LeftOut);

    private sealed record Answer(PostgresInstallation? Installation, ProgramVersion Version, string? Failure, bool IsWrapper);
}
