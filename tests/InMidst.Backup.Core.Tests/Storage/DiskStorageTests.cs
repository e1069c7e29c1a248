using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage;

public sealed class DiskStorageTests : StorageConformance
{
    private readonly TemporaryDirectory _directory = new();
    private int _roots;

    private string Root => Storage.Properties.Location;

    protected override Task<IStorage> CreateAsync() =>
        Task.FromResult<IStorage>(new DiskStorage(_directory.At("deep", $"root{++_roots}")));

    protected override ValueTask CleanUpAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    // An upload that is dropped here keeps its file open and so counts as alive. A killed one is a file nobody has open.
    protected override async Task LeaveUnfinishedAsync(string name)
    {
        string directory = Path.GetDirectoryName(PathOf(name))!;
        await using StorageUpload upload = await Storage.BeginPutAsync(name, PutMode.CreateNew, None);
        await upload.WriteAsync(Bytes("half"), None);
        string open = Directory.GetFiles(directory, $".{Path.GetFileName(name)}.*.midst-tmp").Single(IsOpen);
        await File.WriteAllTextAsync(Killed(open), "half", None);
    }

    [Fact]
    public async Task What_a_process_killed_with_signal_9_wrote_is_unlisted_and_removed()
    {
        await LeaveUnfinishedAsync("app_1.sql");
        Assert.Single(Directory.GetFiles(Root));
        Assert.Empty(await ListAsync());
        Assert.Equal(1, await Storage.RemoveAbandonedUploadsAsync("app_", None));
        Assert.Empty(Directory.GetFiles(Root));
    }

    [Fact]
    public async Task An_upload_that_lives_is_not_removed_as_abandoned()
    {
        await using StorageUpload upload = await Storage.BeginPutAsync("app_two_1.sql", PutMode.CreateNew, None);
        await upload.WriteAsync(Bytes("1"), None);
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("app_", None));
        await upload.CompleteAsync(None);
        Assert.Equal("1", await ReadAsync("app_two_1.sql"));
    }

    [Fact]
    public async Task An_upload_whose_file_was_removed_is_never_completed()
    {
        foreach (Action<string> harm in new Action<string>[] { File.Delete, path => File.Move(path, _directory.At("moved")) })
        {
            await using StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.Replace, None);
            await upload.WriteAsync(Bytes("content"), None);
            harm(Assert.Single(Directory.GetFiles(Root, ".a.*.midst-tmp")));
            Assert.False((await FailsAsync(ErrorIds.RepositoryUnavailable, () => upload.CompleteAsync(None))).IsPermanent);
        }

        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Files_of_foreign_names_are_left_alone()
    {
        foreach (string name in new[] { "My Dump.sql.gz", "a.midst-tmp", ".a.short.midst-tmp", "app.tmp" })
            await File.WriteAllTextAsync(PathOf(name), "user's", None);
        Directory.CreateDirectory(PathOf("lost+found"));
        Assert.Equal(["app.tmp"], await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
        Assert.Equal(4, Directory.GetFiles(Root).Length);
    }

    [Fact]
    public async Task A_root_that_is_a_file_is_no_repository()
    {
        string path = _directory.At("file");
        await File.WriteAllTextAsync(path, "1", None);
        foreach (string root in new[] { path, Path.Combine(path, "below") })
        {
            var storage = new DiskStorage(root);
            await FailsAsync(ErrorIds.RepositoryNotFound, () => storage.FindAsync("a", None));
            await FailsAsync(ErrorIds.RepositoryNotFound, async () => await storage.ListAsync("", None).ToListAsync());
            await FailsAsync(ErrorIds.RepositoryNotFound, () => storage.BeginPutAsync("a", PutMode.Replace, None));
            await Assert.ThrowsAsync<StorageException>(() => storage.InitializeAsync(None));
        }

        await FailsAsync(ErrorIds.RepositoryNotFound, () => new DiskStorage(path).InitializeAsync(None));
        Assert.Equal("1", await File.ReadAllTextAsync(path, None));
    }

    [Fact]
    public void A_relative_root_is_refused() =>
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<StorageException>(() => new DiskStorage("backups")).Id);

    [Fact]
    public async Task An_object_in_the_place_of_a_directory_is_said_to_exist()
    {
        await PutAsync("a", "1");
        await Assert.ThrowsAsync<StorageException>(() => PutAsync("a/b", "2"));
        await PutAsync("d/e", "1");
        await FailsAsync(ErrorIds.ObjectExists, () => PutAsync("d", "2"));
        await Assert.ThrowsAsync<StorageException>(() => PutAsync("d", "2", PutMode.Replace));
        Assert.Equal(["a", "d/e"], await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    private string PathOf(string name) => Path.Combine([Root, .. name.Split('/')]);

    private static string Killed(string path)
    {
        string[] parts = Path.GetFileName(path).Split('.');
        parts[^2] = Guid.NewGuid().ToString("N");
        return Path.Combine(Path.GetDirectoryName(path)!, string.Join('.', parts));
    }

    private static bool IsOpen(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
