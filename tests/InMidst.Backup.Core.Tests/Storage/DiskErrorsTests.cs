using System.Diagnostics;
using System.Runtime.InteropServices;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;

namespace InMidst.Backup.Core.Tests.Storage;

/// <summary>What the file system says, and what the user is told.</summary>
public sealed partial class DiskErrorsTests : IDisposable
{
    private const int FileSizeLimit = 1; // RLIMIT_FSIZE
    private const int FileSizeSignal = 25; // SIGXFSZ, which ends a process that does not ignore it
    private const nint Ignore = 1; // SIG_IGN

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Full_disks_are_known_by_their_codes()
    {
        foreach (int code in OperatingSystem.IsWindows() ? [0x70 | -0x7FF90000, 39 | -0x7FF90000] : Codes(28, 27, OperatingSystem.IsLinux() ? 122 : 69))
            Says(ErrorIds.RepositoryFull, isPermanent: true, new IOException("full", code));
    }

    [Fact]
    public void Refusals_are_known_by_their_codes()
    {
        foreach (int code in OperatingSystem.IsWindows() ? [5 | -0x7FF90000, 19 | -0x7FF90000] : Codes(1, 13, 30))
            Says(ErrorIds.RepositoryAccessDenied, isPermanent: true, new IOException("denied", code));
        Says(ErrorIds.RepositoryAccessDenied, isPermanent: true, new UnauthorizedAccessException());
    }

    [Fact]
    public void What_is_missing_is_the_object_or_the_repository()
    {
        Says(ErrorIds.ObjectNotFound, isPermanent: true, new FileNotFoundException());
        Says(ErrorIds.ObjectNotFound, isPermanent: true, new DirectoryNotFoundException());
        Directory.Delete(_directory.Path);
        Says(ErrorIds.RepositoryNotFound, isPermanent: true, new FileNotFoundException());
        Directory.CreateDirectory(_directory.Path);
    }

    [Fact]
    public void Whatever_else_fails_may_pass()
    {
        Says(ErrorIds.RepositoryUnavailable, isPermanent: false, new IOException("network"));
        Says(ErrorIds.RepositoryUnavailable, isPermanent: false, new IOException("input/output error", 5000));
        Says(ErrorIds.InvalidArgument, isPermanent: true, new PathTooLongException());
    }

    [Fact]
    public async Task A_root_that_may_not_be_made_is_denied()
    {
        // No account may make a directory in /sys, not even root. Elsewhere an account is denied by the mode.
        string root = Directory.Exists("/sys/kernel") ? "/sys/midst-test" : Unwritable();
        var storage = new DiskStorage(root);
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => storage.InitializeAsync(CancellationToken.None));
        Assert.Equal(ErrorIds.RepositoryAccessDenied, exception.Id);
        Assert.True(exception.IsPermanent);
    }

    [Fact]
    public async Task A_write_beyond_the_largest_file_says_full_and_leaves_nothing()
    {
        if (OperatingSystem.IsWindows())
        {
            Full_disks_are_known_by_their_codes(); // Windows has no limit that a test could lower
            return;
        }

        // Far above what any test running beside this one writes into one file.
        SetSignal(FileSizeSignal, Ignore);
        Assert.Equal(0, GetLimit(FileSizeLimit, out Limit before));
        Assert.Equal(0, SetLimit(FileSizeLimit, before with { Soft = 48 << 20 }));
        try
        {
            await FillsUpAsync(new DiskStorage(_directory.Path), pieces: 64);
        }
        finally
        {
            Assert.Equal(0, SetLimit(FileSizeLimit, before));
        }
    }

    [Fact]
    public async Task A_full_file_system_says_full_and_leaves_the_old_object()
    {
        string root = _directory.At("small");
        Directory.CreateDirectory(root);
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=1m", "midst-test", root) != 0)
        {
            // Only an administrator may mount; the other way to no room is the same to the driver.
            await A_write_beyond_the_largest_file_says_full_and_leaves_nothing();
            return;
        }

        try
        {
            var storage = new DiskStorage(root);
            await storage.PutAsync("a", "old"u8.ToArray(), PutMode.CreateNew, CancellationToken.None);
            await FillsUpAsync(storage, pieces: 3);
            Assert.Equal("old"u8.ToArray(), await storage.ReadAllBytesAsync("a", 10, CancellationToken.None));
        }
        finally
        {
            Assert.Equal(0, Run("umount", root));
        }
    }

    private static async Task FillsUpAsync(DiskStorage storage, int pieces)
    {
        StorageException exception = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            await using StorageUpload upload = await storage.BeginPutAsync("a", PutMode.Replace, CancellationToken.None);
            for (int i = 0; i < pieces; i++)
                await upload.WriteAsync(new byte[1 << 20], CancellationToken.None);
            await upload.CompleteAsync(CancellationToken.None);
        });
        Assert.Equal(ErrorIds.RepositoryFull, exception.Id);
        Assert.True(exception.IsPermanent);
        Assert.Equal(0, await storage.RemoveAbandonedUploadsAsync("", CancellationToken.None));
    }

    private static int[] Codes(params int[] codes) => codes;

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private string Unwritable()
    {
        string path = _directory.At("unwritable");
        if (OperatingSystem.IsWindows())
            return @"C:\Windows\System32\config\midst-test";
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return Path.Combine(path, "root");
    }

    private void Says(ErrorId id, bool isPermanent, Exception failure)
    {
        Assert.True(DiskErrors.IsFailure(failure));
        StorageException exception = DiskErrors.Translate(_directory.Path, "a", failure);
        Assert.Equal(id, exception.Id);
        Assert.Equal(isPermanent, exception.IsPermanent);
        Assert.Contains(_directory.Path, exception.Message, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    private record struct Limit(ulong Soft, ulong Hard);
}
