namespace InMidst.Backup.Postgres.Connections;

/// <summary>The machine the process runs on.</summary>
public sealed class LocalMachine : ILocalMachine
{
    /// <summary>The one instance.</summary>
    public static LocalMachine Current { get; } = new();

    /// <inheritdoc/>
    public bool IsWindows => OperatingSystem.IsWindows();

    /// <inheritdoc/>
    public string UserName => Environment.UserName;

    /// <inheritdoc/>
    public string? HomeDirectory => FolderOrNull(Environment.SpecialFolder.UserProfile);

    /// <inheritdoc/>
    public string? ApplicationData => IsWindows ? FolderOrNull(Environment.SpecialFolder.ApplicationData) : null;

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public string ReadText(string path) => File.ReadAllText(path);

    /// <inheritdoc/>
    public bool IsOpenToOthers(string path)
    {
        if (OperatingSystem.IsWindows())
            return false;

        const UnixFileMode Others =
            UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        return (File.GetUnixFileMode(path) & Others) != 0;
    }

    private static string? FolderOrNull(Environment.SpecialFolder folder) =>
        Environment.GetFolderPath(folder) is { Length: > 0 } path ? path : null;
}
