using System.Runtime.Versioning;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Oracle;

/// <summary>
/// A copy of a PostgreSQL installation that may be added to: its programs, which find everything else beside themselves (path.c,
/// make_relative_path), and links to the rest. It is how a test gets an extension of its own without writing to the machine's.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class OwnInstallation : IDisposable
{
    private static readonly string[] Programs = ["postgres", "initdb", "pg_ctl"];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("midst-test-");

    private OwnInstallation(string binDirectory) => BinDirectory = binDirectory;

    /// <summary>Where its programs are.</summary>
    public string BinDirectory { get; private set; }

    private string ExtensionDirectory { get; set; } = "";

    /// <summary>Copies the installation of a running server.</summary>
    public static async Task<OwnInstallation> CopyAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        string bin = await PlaceAsync("BINDIR");
        string share = await PlaceAsync("SHAREDIR");
        string library = await PlaceAsync("PKGLIBDIR");
        string common = Common(Common(bin, share), library);
        var copy = new OwnInstallation("");
        // The server runs as another account.
        File.SetUnixFileMode(copy._root.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        copy.BinDirectory = Directory.CreateDirectory(Moved(bin)).FullName;
        foreach (string program in Programs)
            File.Copy(Path.Combine(bin, program), Path.Combine(copy.BinDirectory, program));
        Directory.CreateDirectory(Path.GetDirectoryName(Moved(library))!);
        Directory.CreateSymbolicLink(Moved(library), library);
        copy.ExtensionDirectory = Directory.CreateDirectory(Path.Combine(Moved(share), "extension")).FullName;
        foreach (string entry in Directory.EnumerateFileSystemEntries(share).Where(e => Path.GetFileName(e) != "extension"))
            File.CreateSymbolicLink(Path.Combine(Moved(share), Path.GetFileName(entry)), entry);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(share, "extension")))
            File.CreateSymbolicLink(Path.Combine(copy.ExtensionDirectory, Path.GetFileName(file)), file);
        return copy;

        string Moved(string path) => Path.Combine(copy._root.FullName, Path.GetRelativePath(common, path));

        async Task<string> PlaceAsync(string name)
        {
            await using var command = new NpgsqlCommand("SELECT setting FROM pg_config WHERE name = $1", server);
            command.Parameters.Add(new NpgsqlParameter { Value = name });
            return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
    }

    /// <summary>Adds an extension.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="script">What CREATE EXTENSION runs.</param>
    public void AddExtension(string name, string script)
    {
        File.WriteAllText(Path.Combine(ExtensionDirectory, name + ".control"), "default_version = '1.0'\nrelocatable = false\n");
        File.WriteAllText(Path.Combine(ExtensionDirectory, name + "--1.0.sql"), script);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static string Common(string a, string b)
    {
        IEnumerable<string> same = a.Split('/').Zip(b.Split('/')).TakeWhile(p => p.First == p.Second).Select(p => p.First);
        return string.Join('/', same) + "/";
    }
}
