using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>What the file system can do and .NET does not offer. Failures are IOExceptions with the system's code.</summary>
internal static partial class NativeFiles
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint LinuxNoReplace = 1; // RENAME_NOREPLACE
    private const uint MacNoReplace = 4; // RENAME_EXCL

    /// <summary>
    /// Gives a file another name in one step, unless that name is taken (error "exists"). File.Move would copy where the
    /// file system knows no hard links, and half a copy would be seen.
    /// </summary>
    internal static void MoveToNewName(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Move(from, to, overwrite: false);
            return;
        }

        int error = RenameWithoutReplacing(from, to);
        bool unsupported = error is Errno.InvalidArgument or Errno.NotPermitted
            || error == Errno.NotImplemented || error == Errno.NotSupported;
        if (unsupported)
            LinkToNewName(from, to); // NFS renames only with replacing, but links
        else if (error != 0)
            throw Failure(error, to);
    }

    /// <summary>The same by link(2) and unlink(2).</summary>
    [UnsupportedOSPlatform("windows")]
    internal static void LinkToNewName(string from, string to)
    {
        if (Link(from, to) != 0)
            throw Failure(Marshal.GetLastPInvokeError(), to);
        File.Delete(from);
    }

    /// <summary>The same by a rename that refuses to replace.</summary>
    /// <returns>0 or the error number.</returns>
    [UnsupportedOSPlatform("windows")]
    internal static int RenameWithoutReplacing(string from, string to)
    {
        try
        {
            int result = OperatingSystem.IsLinux()
                ? RenameAt(CurrentDirectory, from, CurrentDirectory, to, LinuxNoReplace)
                : RenameExclusively(from, to, MacNoReplace);
            return result == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return Errno.NotImplemented; // an old libc
        }
    }

    /// <summary>
    /// Makes a directory's entries durable. Windows has no such call: there NTFS journals them.
    /// A file system that cannot do it for directories says so and is believed.
    /// </summary>
    internal static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Retry(() => Open(path, OperatingSystem.IsLinux() ? 0x80000 : 0x1000000)); // O_RDONLY | O_CLOEXEC
        if (descriptor < 0)
            throw Failure(Marshal.GetLastPInvokeError(), path);
        int error = Retry(() => FSync(descriptor)) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (error != 0 && error != Errno.InvalidArgument && error != Errno.NotSupported)
            throw Failure(error, path);
    }

    /// <summary>Makes a hard link.</summary>
    [SupportedOSPlatform("windows")]
    internal static void CreateHardLink(string path, string target)
    {
        if (!CreateHardLinkW(path, target, IntPtr.Zero))
            throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetHRForLastWin32Error());
    }

    private static int Retry(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        return result;
    }

    private static IOException Failure(int error, string path) =>
        new($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameExclusively(string from, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("kernel32.dll", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLinkW(string path, string target, IntPtr securityAttributes);
}
