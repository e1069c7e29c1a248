using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class LockNamesTests
{
    [Fact]
    public async Task Keys_that_begin_alike_do_not_block_each_other()
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(TestContext.Current.CancellationToken);
        await using RepositoryLock one = await AcquireAsync(storage, "app");
        await using RepositoryLock two = await AcquireAsync(storage, "app.lock");
        await using RepositoryLock three = await AcquireAsync(storage, "app-1");
        Assert.False(one.Lost.IsCancellationRequested || two.Lost.IsCancellationRequested || three.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task The_longest_database_names_can_be_locked_and_stay_apart()
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(TestContext.Current.CancellationToken);
        string escaped = string.Concat(Enumerable.Repeat("%C3%B6", 31));
        await using RepositoryLock one = await AcquireAsync(storage, escaped + "a-7711014994563278318");
        await using RepositoryLock two = await AcquireAsync(storage, escaped + "b-7711014994563278318");
        Assert.False(one.Lost.IsCancellationRequested || two.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_released_lock_leaves_no_directory_of_its_own_behind()
    {
        string root = Directory.CreateTempSubdirectory("midst-lock-").FullName;
        try
        {
            var storage = new DiskStorage(root);
            await storage.InitializeAsync(TestContext.Current.CancellationToken);
            await using (await AcquireAsync(storage, "app"))
            {
            }

            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(root, ".midst", "locks")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static Task<RepositoryLock> AcquireAsync(IStorage storage, string key) =>
        RepositoryLock.AcquireAsync(storage, key, "test", TimeProvider.System, warn: null, TestContext.Current.CancellationToken);
}
