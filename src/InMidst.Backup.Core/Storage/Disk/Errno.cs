namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// Error numbers of Unix where they decide something (Linux: asm-generic/errno.h, macOS: sys/errno.h).
/// .NET puts them into <see cref="Exception.HResult"/> of an IOException.
/// </summary>
internal static class Errno
{
    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int InputOutput = 5;
    internal const int AccessDenied = 13;
    internal const int Exists = 17;
    internal const int NotDirectory = 20;
    internal const int InvalidArgument = 22;
    internal const int FileTooBig = 27;
    internal const int NoSpace = 28;
    internal const int ReadOnlyFileSystem = 30;

    internal static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;

    internal static int NotImplemented => OperatingSystem.IsLinux() ? 38 : 78;

    internal static int NotSupported => OperatingSystem.IsLinux() ? 95 : 45;

    // ESTALE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENETRESET, ECONNABORTED, ECONNRESET.
    internal static int[] NetworkFailures { get; } =
        OperatingSystem.IsLinux() ? [116, 110, 112, 113, 100, 101, 102, 103, 104] : [70, 60, 64, 65, 50, 51, 52, 53, 54];

    internal static int QuotaExceeded => OperatingSystem.IsLinux() ? 122 : 69;
}
