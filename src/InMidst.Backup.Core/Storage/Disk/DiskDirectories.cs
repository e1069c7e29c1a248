namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>Makes directories that only their owner can look into, durably.</summary>
internal static class DiskDirectories
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the directory and what is missing above it. What exists keeps its mode.</summary>
    internal static void Create(string path)
    {
        if (Directory.Exists(path))
            return;
        string? parent = Path.GetDirectoryName(path);
        if (parent is not null)
            Create(parent);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
        if (parent is not null)
            FlushIfReadable(parent);
    }

    // A directory above the repository may let us pass without letting us read, and then cannot be flushed by us.
    private static void FlushIfReadable(string path)
    {
        try
        {
            NativeFiles.FlushDirectory(path);
        }
        catch (IOException exception) when (exception.HResult == Errno.AccessDenied)
        {
        }
    }
}
