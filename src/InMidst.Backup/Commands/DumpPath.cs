using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Commands;

/// <summary>A dump that is named by its file: in a repository or anywhere, with any name.</summary>
internal static class DumpPath
{
    /// <summary>The storage through which the file is read, and its name there.</summary>
    /// <param name="path">Absolute path; a link, such as DATABASE_latest.sql.gz, is followed.</param>
    public static (IStorage Storage, string Name) Open(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        if (!file.Exists)
            throw new BackupException(ErrorIds.BackupNotFound, $"There is no file '{path}'.", target: path);

        // Beside a file with a repository's kind of name lies its manifest; other names are somebody's own file.
        return StorageName.IsValid(file.Name) && !StorageName.IsPointer(file.Name)
            ? (new DiskStorage(file.DirectoryName!), file.Name)
            : (new SingleFileStorage(file.FullName), file.Name);
    }

    /// <summary>The dump that a file belongs to which is none itself: one with roles, or a further part. Null for all others.</summary>
    /// <param name="place">Absolute path or s3:// URI.</param>
    public static string? FindWhole(string place)
    {
        int name = place.LastIndexOfAny(['/', Path.DirectorySeparatorChar]) + 1;
        string dump = place[..name] + BackupName.DumpOf(place[name..]);
        return dump != place && (S3Location.IsS3(place) || File.Exists(dump)) ? dump : null;
    }
}
