using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>The one place where failures of the file system become <see cref="StorageException"/>.</summary>
internal static class DiskErrors
{
    // winerror.h
    private const int WindowsAccessDenied = 5;
    private const int WindowsWriteProtected = 19;
    private const int WindowsSharingViolation = 32;
    private const int WindowsHandleDiskFull = 39;
    private const int WindowsFileExists = 80;
    private const int WindowsDiskFull = 112;
    private const int WindowsAlreadyExists = 183;
    private const int WindowsFileTooLarge = 223;
    private const int WindowsQuotaExceeded = 1295;

    // Bad net path, network busy, device gone, unexpected error, name deleted, semaphore timeout, network or host unreachable, aborted.
    private static readonly int[] WindowsNetworkFailures = [53, 54, 55, 59, 64, 121, 1231, 1232, 1236];

    /// <summary>Whether the exception is the file system's word, not a defect of ours.</summary>
    internal static bool IsFailure(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Translates a failure for which <see cref="IsFailure"/> holds.</summary>
    internal static StorageException Translate(string root, string? name, Exception exception)
    {
        string what = name is null ? $"the repository '{root}'" : $"'{name}' in the repository '{root}'";
        return IdOf(root, exception) switch
        {
            var id when id == ErrorIds.RepositoryNotFound => NoRepository(root, exception),
            var id when id == ErrorIds.ObjectNotFound => NoObject(root, name ?? root, exception),
            var id when id == ErrorIds.ObjectExists => Exists(root, name ?? root, exception),
            var id when id == ErrorIds.RepositoryFull => Make(
                id, $"No room is left for {what}: {exception.Message}", true, name, exception),
            var id when id == ErrorIds.RepositoryAccessDenied => Make(
                id, $"Access to {what} was refused: {exception.Message}", true, name, exception),
            var id when id == ErrorIds.InvalidArgument => Make(
                id, $"The path of {what} is too long for the file system.", true, name, exception),
            var id => Make(id, $"The file system failed for {what}: {exception.Message}", false, name, exception),
        };
    }

    internal static StorageException NoRepository(string root, Exception? cause = null) => Make(
        ErrorIds.RepositoryNotFound,
        FileOnTheWay(root) switch
        {
            null => $"The repository '{root}' does not exist.",
            var file when file == root => $"The repository '{root}' is a file, not a directory.",
            var file => $"The repository '{root}' cannot be: '{file}' is a file, not a directory.",
        },
        true, null, cause);

    /// <summary>The file that stands where the path needs a directory, or null.</summary>
    internal static string? FileOnTheWay(string root)
    {
        for (string? path = root; path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
                return path;
        }

        return null;
    }

    internal static StorageException NoObject(string root, string name, Exception? cause = null) => Make(
        ErrorIds.ObjectNotFound, $"'{name}' does not exist in the repository '{root}'.", true, name, cause);

    internal static StorageException Exists(string root, string name, Exception? cause = null) => Make(
        ErrorIds.ObjectExists, $"'{name}' exists already in the repository '{root}'.", true, name, cause);

    internal static StorageException ThroughLink(string root, string name) => Make(
        ErrorIds.RepositoryAccessDenied,
        $"'{name}' cannot be written: a directory on its way below '{root}' is a symbolic link.", true, name, null);

    internal static StorageException UploadVanished(string root, string name, Exception? cause) => Make(
        ErrorIds.RepositoryUnavailable,
        $"The unfinished upload of '{name}' to '{root}' was removed or cut by someone else.", false, name, cause);

    /// <summary>Whether a failure may be that of a network below the file system.</summary>
    internal static bool IsOfNetwork(IOException exception) => OperatingSystem.IsWindows()
        ? Array.IndexOf(WindowsNetworkFailures, Code(exception)) >= 0
        : exception.HResult == Errno.InputOutput || Array.IndexOf(Errno.NetworkFailures, exception.HResult) >= 0;

    /// <summary>Whether someone has the file open for himself alone.</summary>
    internal static bool IsInUse(IOException exception) =>
        Code(exception) == (OperatingSystem.IsWindows() ? WindowsSharingViolation : Errno.WouldBlock);

    private static StorageException Make(ErrorId id, string message, bool isPermanent, string? name, Exception? cause) =>
        new(id, message, isPermanent, cause, name);

    private static ErrorId IdOf(string root, Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => NotFound(root),
        PathTooLongException => ErrorIds.InvalidArgument,
        UnauthorizedAccessException => ErrorIds.RepositoryAccessDenied,
        _ => OperatingSystem.IsWindows() ? WindowsId(Code(exception)) : UnixId(root, exception.HResult),
    };

    private static ErrorId NotFound(string root) =>
        Directory.Exists(root) ? ErrorIds.ObjectNotFound : ErrorIds.RepositoryNotFound;

    private static int Code(Exception exception) =>
        OperatingSystem.IsWindows() ? exception.HResult & 0xFFFF : exception.HResult;

    private static ErrorId UnixId(string root, int errno)
    {
        if (errno is Errno.NoSpace or Errno.FileTooBig || errno == Errno.QuotaExceeded)
            return ErrorIds.RepositoryFull;
        return errno switch
        {
            Errno.AccessDenied or Errno.NotPermitted or Errno.ReadOnlyFileSystem => ErrorIds.RepositoryAccessDenied,
            Errno.Exists => ErrorIds.ObjectExists,
            Errno.NoEntry or Errno.NotDirectory => NotFound(root),
            _ => ErrorIds.RepositoryUnavailable,
        };
    }

    private static ErrorId WindowsId(int code) => code switch
    {
        WindowsDiskFull or WindowsHandleDiskFull or WindowsFileTooLarge or WindowsQuotaExceeded => ErrorIds.RepositoryFull,
        WindowsAccessDenied or WindowsWriteProtected => ErrorIds.RepositoryAccessDenied,
        WindowsFileExists or WindowsAlreadyExists => ErrorIds.ObjectExists,
        _ => ErrorIds.RepositoryUnavailable,
    };
}
