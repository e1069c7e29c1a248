using System.Diagnostics;
using System.Runtime.Versioning;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;

namespace InMidst.Backup.Core.Tests.Storage;

/// <summary>Modes and links, as only Unix has them.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DiskStorageUnixTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DiskStorage _storage;

    public DiskStorageUnixTests()
    {
        _storage = new DiskStorage(_directory.Path);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Only_the_owner_may_read_files_and_directories()
    {
        var storage = new DiskStorage(_directory.At("new", "root"));
        await storage.InitializeAsync(CancellationToken.None);
        await using StorageUpload upload = await storage.BeginPutAsync("x/a", PutMode.CreateNew, CancellationToken.None);
        string temporary = Directory.GetFiles(_directory.At("new", "root", "x")).Single();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(temporary));
        await upload.CompleteAsync(CancellationToken.None);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.At("new", "root", "x", "a")));
        foreach (string path in new[] { _directory.At("new"), _directory.At("new", "root"), _directory.At("new", "root", "x") })
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task A_pointer_is_a_relative_link_that_people_can_open()
    {
        await PutAsync("x/app_1.sql", "one");
        await PutAsync("x/app_2.sql", "two");
        await SetAsync("x/app_latest.sql", "x/app_1.sql");
        await SetAsync("x/app_latest.sql", "x/app_2.sql");
        string path = _directory.At("x", "app_latest.sql");
        Assert.Equal("app_2.sql", new FileInfo(path).LinkTarget);
        Assert.Equal("two", await File.ReadAllTextAsync(path));
        Assert.Equal(3, Directory.GetFileSystemEntries(_directory.At("x")).Length);
        await _storage.DeleteAsync("x/app_2.sql", CancellationToken.None);
        Assert.Equal(["x/app_1.sql"], await ListAsync());
        await _storage.DeletePointerAsync("x/app_latest.sql", CancellationToken.None);
        Assert.Null(new FileInfo(path).LinkTarget);
    }

    [Fact]
    public async Task A_users_own_file_with_a_pointers_name_is_an_object_and_stays()
    {
        await PutAsync("app_1.sql", "ours");
        string path = _directory.At("app_latest.sql");
        await File.WriteAllTextAsync(path, "user's");
        await FailsAsync(ErrorIds.ObjectExists, () => SetAsync("app_latest.sql", "app_1.sql"));
        await _storage.DeletePointerAsync("app_latest.sql", CancellationToken.None);
        Assert.Equal("user's", await File.ReadAllTextAsync(path));
        Assert.Equal(["app_1.sql", "app_latest.sql"], await ListAsync());
        Assert.Equal(6, (await _storage.FindAsync("app_latest.sql", CancellationToken.None))!.Length);
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("sub/file")]
    public async Task A_users_own_link_with_a_pointers_name_stays_and_is_not_followed(string target)
    {
        await PutAsync("app_1.sql", "ours");
        File.CreateSymbolicLink(_directory.At("app_latest.sql"), target);
        Directory.CreateDirectory(_directory.At("sub"));
        await File.WriteAllTextAsync(_directory.At("sub", "file"), "1");
        await FailsAsync(ErrorIds.ObjectExists, () => SetAsync("app_latest.sql", "app_1.sql"));
        await _storage.DeletePointerAsync("app_latest.sql", CancellationToken.None);
        Assert.Equal(target, new FileInfo(_directory.At("app_latest.sql")).LinkTarget);
        await FailsAsync(
            ErrorIds.ObjectNotFound, () => _storage.OpenReadAsync("app_latest.sql", 0, null, CancellationToken.None));
        Assert.Equal(["app_1.sql", "sub/file"], await ListAsync());
    }

    [Fact]
    public async Task Links_below_the_root_are_neither_objects_nor_directories()
    {
        string outside = _directory.At("outside");
        var inside = new DiskStorage(_directory.At("inside"));
        Directory.CreateDirectory(outside);
        await inside.InitializeAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(outside, "a"), "secret");
        File.CreateSymbolicLink(_directory.At("inside", "file"), Path.Combine(outside, "a"));
        File.CreateSymbolicLink(_directory.At("inside", "dangling"), "nowhere");
        Directory.CreateSymbolicLink(_directory.At("inside", "d"), outside);
        Directory.CreateSymbolicLink(_directory.At("inside", "loop"), ".");
        Assert.Empty(await inside.ListAsync("", CancellationToken.None).ToListAsync());
        Assert.Empty(await inside.ListAsync("d/", CancellationToken.None).ToListAsync());
        foreach (string name in new[] { "file", "dangling", "d", "d/a", "loop/file" })
        {
            Assert.Null(await inside.FindAsync(name, CancellationToken.None));
            await FailsAsync(ErrorIds.ObjectNotFound, () => inside.OpenReadAsync(name, 0, null, CancellationToken.None));
            await inside.DeleteAsync(name, CancellationToken.None);
        }

        await FailsAsync(
            ErrorIds.RepositoryAccessDenied, () => inside.BeginPutAsync("d/b", PutMode.Replace, CancellationToken.None));
        Assert.Equal("secret", await File.ReadAllTextAsync(Path.Combine(outside, "a")));
        Assert.Equal(4, Directory.GetFileSystemEntries(_directory.At("inside")).Length);
    }

    [Fact]
    public async Task The_root_itself_may_be_a_link()
    {
        Directory.CreateDirectory(_directory.At("real"));
        Directory.CreateSymbolicLink(_directory.At("link"), "real");
        var storage = new DiskStorage(_directory.At("link"));
        await storage.InitializeAsync(CancellationToken.None);
        await storage.PutAsync("x/a", "1"u8.ToArray(), PutMode.CreateNew, CancellationToken.None);
        Assert.Single(await storage.ListAsync("x/", CancellationToken.None).ToListAsync());
        Assert.True(File.Exists(_directory.At("real", "x", "a")));
    }

    [Fact]
    public async Task A_temporary_link_of_a_killed_process_is_removed()
    {
        File.CreateSymbolicLink(_directory.At($".app_latest.sql.{Guid.NewGuid():N}.midst-tmp"), "app_1.sql");
        Assert.Empty(await ListAsync());
        Assert.Equal(1, await _storage.RemoveAbandonedUploadsAsync("app_", CancellationToken.None));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task An_upload_whose_file_was_cut_is_never_completed()
    {
        await using StorageUpload upload = await _storage.BeginPutAsync("a", PutMode.CreateNew, CancellationToken.None);
        await upload.WriteAsync(new byte[4 << 20], CancellationToken.None);
        using Process shell = Process.Start("sh", ["-c", ": > \"$0\"", Directory.GetFiles(_directory.Path).Single()]);
        await shell.WaitForExitAsync();
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => upload.CompleteAsync(CancellationToken.None));
        Assert.Equal(ErrorIds.RepositoryUnavailable, exception.Id);
        Assert.Empty(await ListAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Both_ways_of_moving_to_a_new_name_refuse_a_taken_one(bool byLink)
    {
        string from = _directory.At("from");
        string to = _directory.At("to");
        await File.WriteAllTextAsync(from, "new");
        await File.WriteAllTextAsync(to, "old");
        Assert.Equal(17, Move(byLink, from, to));
        Assert.Equal("old", await File.ReadAllTextAsync(to));
        Assert.True(File.Exists(from));
        File.Delete(to);
        Assert.Equal(0, Move(byLink, from, to));
        Assert.Equal("new", await File.ReadAllTextAsync(to));
        Assert.False(File.Exists(from));
    }

    [Fact]
    public void A_directory_that_cannot_be_flushed_is_an_error() =>
        Assert.Equal(2, Assert.Throws<IOException>(() => NativeFiles.FlushDirectory(_directory.At("none"))).HResult);

    private static int Move(bool byLink, string from, string to)
    {
        if (!byLink)
            return NativeFiles.RenameWithoutReplacing(from, to);
        try
        {
            NativeFiles.LinkToNewName(from, to);
            return 0;
        }
        catch (IOException exception)
        {
            return exception.HResult;
        }
    }

    private static async Task FailsAsync(ErrorId id, Func<Task> action)
    {
        StorageException exception = await Assert.ThrowsAsync<StorageException>(action);
        Assert.Equal(id, exception.Id);
        Assert.True(exception.IsPermanent);
    }

    private Task<StorageEntry> PutAsync(string name, string content) =>
        _storage.PutAsync(name, System.Text.Encoding.UTF8.GetBytes(content), PutMode.CreateNew, CancellationToken.None);

    private Task SetAsync(string name, string target) => _storage.SetPointerAsync(name, target, CancellationToken.None);

    private async Task<string[]> ListAsync() =>
        (await _storage.ListAsync("", CancellationToken.None).ToListAsync()).Select(entry => entry.Name).ToArray();
}
