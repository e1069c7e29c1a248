using System.IO.Enumeration;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// The directory tree of a repository: which files are objects, and under which names. Symbolic links below the root are
/// neither objects nor directories of it, so nothing is seen twice and no name leads outside.
/// </summary>
internal sealed class DiskTree(string root)
{
    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    internal string Root => root;

    internal string PathOf(string name) => Path.Combine(root, name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Throws when the root is not there, or that cannot be told.</summary>
    internal void RequireRoot()
    {
        try
        {
            if (!File.GetAttributes(root).HasFlag(FileAttributes.Directory))
                throw DiskErrors.NoRepository(root);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw DiskErrors.NoRepository(root);
        }
    }

    /// <summary>The object's file, or null when there is none of that name.</summary>
    internal FileInfo? FindFile(string name)
    {
        if (PassesThroughLink(name))
            return null;
        var file = new FileInfo(PathOf(name));
        return IsObject(file, name) ? file : null;
    }

    /// <summary>Whether a directory on the way to the name is a link.</summary>
    internal bool PassesThroughLink(string name)
    {
        for (int slash = name.IndexOf('/'); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            if (IsLink(new DirectoryInfo(PathOf(name[..slash]))))
                return true;
        }

        return false;
    }

    internal static StorageEntry EntryOf(string name, FileInfo file) =>
        new(name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));

    internal static bool IsLink(FileSystemInfo info) =>
        info.Exists && info.Attributes.HasFlag(FileAttributes.ReparsePoint) && info.LinkTarget is not null;

    /// <summary>All objects whose names start with the prefix, sorted.</summary>
    internal List<StorageEntry> List(string prefix, CancellationToken cancellationToken)
    {
        RequireRoot();
        var entries = new List<StorageEntry>();
        foreach ((string name, string fileName) in Files(prefix, cancellationToken))
        {
            if (!StorageName.IsValidSegment(fileName) || !name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var file = new FileInfo(PathOf(name));
            if (IsObject(file, name))
                entries.Add(EntryOf(name, file));
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    /// <summary>The temporary files of uploads that nobody has open any more; their own names are the tokens.</summary>
    internal List<UnfinishedUpload> ListTemporary(string prefix, CancellationToken cancellationToken)
    {
        RequireRoot();
        var uploads = new List<UnfinishedUpload>();
        foreach ((string name, string fileName) in Files(prefix, cancellationToken))
        {
            string directory = StorageName.DirectoryOf(name);
            if (TemporaryName.IntendedName(fileName) is not { } intended || !Fits(directory, intended, prefix))
                continue;
            var file = new FileInfo(PathOf(name));
            if (IsAbandoned(file))
                uploads.Add(new UnfinishedUpload(directory + intended, name, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero), IsLink(file) ? 0 : file.Length));
        }

        return uploads;
    }

    /// <summary>Removes the temporary file of an upload that nobody has open any more.</summary>
    /// <returns>False when it was gone already, or is open.</returns>
    internal bool RemoveTemporary(string token)
    {
        RequireRoot();
        var file = new FileInfo(PathOf(token));
        bool isTemporary = TemporaryName.IntendedName(file.Name) is not null && !PassesThroughLink(StorageName.DirectoryOf(token));
        if (!isTemporary || !IsAbandoned(file))
            return false;
        file.Delete();
        return true;
    }

    private static bool IsAbandoned(FileInfo file) => IsLink(file) || (file.Exists && !IsBeingWritten(file.FullName));

    private static bool Fits(string directory, string intended, string prefix) =>
        directory.StartsWith(prefix, StringComparison.Ordinal)
        || (prefix.StartsWith(directory, StringComparison.Ordinal) && TemporaryName.Fits(intended, prefix[directory.Length..]));

    // A prefix such as "app_" fits the uploads of a database "app_two" too, which another lock protects.
    private static bool IsBeingWritten(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException exception) when (DiskErrors.IsInUse(exception))
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true; // another account's; it cannot be told from a living one
        }
    }

    private static bool IsObject(FileInfo file, string name) =>
        file.Exists && !IsLink(file) && !(OperatingSystem.IsWindows() && StorageName.IsPointer(name));

    private IEnumerable<(string Name, string FileName)> Files(string prefix, CancellationToken cancellationToken)
    {
        string start = StorageName.DirectoryOf(prefix);
        var pending = new Stack<string>();
        if (!PassesThroughLink(start))
            pending.Push(start);
        while (pending.TryPop(out string? directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach ((string fileName, bool isDirectory) in Children(directory))
            {
                string name = directory + fileName;
                if (!isDirectory)
                    yield return (name, fileName);
                else if (StorageName.IsValidSegment(fileName) && MayHold(name + '/', prefix))
                    pending.Push(name + '/');
            }
        }
    }

    private static bool MayHold(string directory, string prefix) =>
        directory.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(directory, StringComparison.Ordinal);

    private List<(string FileName, bool IsDirectory)> Children(string directory)
    {
        try
        {
            return new FileSystemEnumerable<(string, bool)>(
                PathOf(directory),
                (ref FileSystemEntry entry) => (entry.FileName.ToString(), IsRealDirectory(ref entry)),
                Everything).ToList();
        }
        catch (IOException) when (directory.Length > 0 && !Directory.Exists(PathOf(directory)))
        {
            return []; // no such prefix, removed while we looked, or an object has the name
        }
    }

    private static bool IsRealDirectory(ref FileSystemEntry entry) =>
        entry.IsDirectory && !(entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.ToFileSystemInfo().LinkTarget is not null);
}
