namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// Pointers on disk: a relative symbolic link to a file of the same directory, on Windows (where links need a privilege) a
/// hard link. On Unix anything else of a pointer's name belongs to the user and is not touched; on Windows the name decides.
/// </summary>
internal static class DiskPointer
{
    /// <summary>Makes or replaces the pointer in one step.</summary>
    internal static void Set(string root, string name, string path, string targetPath)
    {
        if (!OperatingSystem.IsWindows() && IsTaken(path))
            throw DiskErrors.Exists(root, name);
        string temporary = TemporaryName.For(path);
        try
        {
            if (OperatingSystem.IsWindows())
                NativeFiles.CreateHardLink(temporary, targetPath);
            else
                File.CreateSymbolicLink(temporary, Path.GetFileName(targetPath));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            File.Delete(temporary);
            throw;
        }

        NativeFiles.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Removes the pointer if it is one.</summary>
    internal static void Delete(string path)
    {
        if (OperatingSystem.IsWindows() ? !File.Exists(path) : !IsOurs(new FileInfo(path)))
            return;
        File.Delete(path);
        NativeFiles.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    private static bool IsTaken(string path) => (File.Exists(path) || Directory.Exists(path)) && !IsOurs(new FileInfo(path));

    private static bool IsOurs(FileInfo file) => file.LinkTarget is { } target && !target.Contains('/', StringComparison.Ordinal);
}
