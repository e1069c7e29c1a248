namespace InMidst.Backup.Postgres.Connections;

/// <summary>What the resolving of an address needs to know about this machine.</summary>
public interface ILocalMachine
{
    /// <summary>Whether the rules of Windows apply (no Unix sockets by default, files under %APPDATA%).</summary>
    bool IsWindows { get; }

    /// <summary>The account the process runs as.</summary>
    string UserName { get; }

    /// <summary>Home directory of the account, or null where it has none.</summary>
    string? HomeDirectory { get; }

    /// <summary>%APPDATA% on Windows, else null.</summary>
    string? ApplicationData { get; }

    /// <summary>Whether a file or socket is there.</summary>
    bool FileExists(string path);

    /// <summary>The file's text. Throws as <see cref="File.ReadAllText(string)"/> does.</summary>
    string ReadText(string path);

    /// <summary>Whether others than the owner may do anything with the file. Always false on Windows.</summary>
    bool IsOpenToOthers(string path);
}
