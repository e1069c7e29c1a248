using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Tests.Storage;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class RepositoryLockContentionTests : IDisposable
{
    private const int Contenders = 20;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken None => CancellationToken.None;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_many_that_come_at_once_exactly_one_gets_the_lock(bool onDisk)
    {
        IStorage storage = await StorageAsync(onDisk);
        RepositoryLock?[] locks = await Task.WhenAll(
            Enumerable.Range(0, Contenders).Select(_ => Task.Run(() => TryAcquireAsync(storage))));
        await using RepositoryLock held = Assert.Single(locks.OfType<RepositoryLock>());
        Assert.Empty(held.TakenOver);
        Assert.Single(await storage.ListAsync("", None).ToListAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_many_that_try_until_they_succeed_never_two_hold_the_lock(bool onDisk)
    {
        IStorage storage = await StorageAsync(onDisk);
        int holders = 0;
        await Task.WhenAll(Enumerable.Range(0, Contenders).Select(_ => Task.Run(async () =>
        {
            RepositoryLock? held = null;
            await Waiting.UntilAsync(async () => (held = await TryAcquireAsync(storage)) is not null);
            Assert.Equal(1, Interlocked.Increment(ref holders));
            await held!.EnsureHeldAsync(None);
            Assert.Equal(0, Interlocked.Decrement(ref holders));
            await held.DisposeAsync();
        })));
        Assert.Empty(await storage.ListAsync("", None).ToListAsync());
    }

    [Fact]
    public async Task A_newcomer_between_our_two_looks_does_not_chase_us_away()
    {
        LockScene scene = await LockScene.CreateAsync();
        int looks = 0;
        scene.Storage.Fault = new StorageFault(
            call =>
            {
                if (call.Operation == StorageOperation.List && ++looks == 2)
                    scene.PutAsync(LockScene.OtherHost, held: false).GetAwaiter().GetResult();
                return false;
            });
        await using RepositoryLock held = await scene.AcquireAsync();
        held.ThrowIfLost();
    }

    [Fact]
    public async Task A_lock_released_while_we_look_at_it_is_not_a_dead_one()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.PutAsync(LockOwners.Current, held: true, "finished");
        string name = Assert.Single(await scene.EntriesAsync()).Name;
        scene.Storage.Fault = new StorageFault(call =>
        {
            if (call.Operation == StorageOperation.Find && call.Name == name)
                scene.Memory.DeleteAsync(name, None).GetAwaiter().GetResult();
            return false;
        });
        await using RepositoryLock held = await scene.AcquireAsync();
        Assert.Empty(held.TakenOver);
    }

    [Fact]
    public async Task Whoever_was_taken_for_dead_while_acquiring_leaves()
    {
        LockScene scene = await LockScene.CreateAsync();
        int looks = 0;
        scene.Storage.Fault = new StorageFault(
            call =>
            {
                if (call.Operation == StorageOperation.List && ++looks == 2)
                    scene.PutAsync(LockScene.OtherHost, held: true).GetAwaiter().GetResult();
                return false;
            });
        await scene.IsBusyAsync();
        Assert.Single(await scene.EntriesAsync());
    }

    [Fact]
    public async Task Who_came_first_waits_for_the_other_to_leave_but_not_for_ever()
    {
        var clock = new FakeTimeProvider();
        LockScene scene = await LockScene.CreateAsync();
        scene.Storage.Fault = new StorageFault(call =>
        {
            if (call.Operation == StorageOperation.List && call.Number < 5)
            {
                scene.Clock.Advance(TimeSpan.FromSeconds(1)); // the other is later by the storage's clock
                scene.PutAsync(LockScene.OtherHost, held: false).GetAwaiter().GetResult();
            }

            return false;
        });
        Task<RepositoryLock> acquiring = RepositoryLock.AcquireAsync(scene.Storage, "app", "backup", clock, null, None);
        Assert.False(acquiring.IsCompleted);
        await Waiting.UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            return acquiring.IsCompleted;
        });
        Assert.Equal(ErrorIds.BackupInProgress, (await Assert.ThrowsAsync<BackupException>(() => acquiring)).Id);
    }

    [Theory]
    [InlineData(FaultMoment.Before)]
    [InlineData(FaultMoment.After)]
    public async Task Whichever_call_fails_the_lock_is_had_or_not_and_the_next_run_gets_it(FaultMoment moment)
    {
        for (int k = 1; ; k++)
        {
            LockScene scene = await LockScene.CreateAsync();
            await scene.PutAsync(LockOwners.Current, held: true, "left");
            scene.Storage.Fault = StorageFault.At(k, moment);
            bool failed = await FailsAsync(scene);
            bool reached = scene.Storage.Calls.Count >= k;
            scene.Storage.Fault = null;
            await using RepositoryLock next = await scene.AcquireAsync();
            Assert.Single(await scene.EntriesAsync());
            Assert.True(!failed || next.TakenOver.SelectMany(abandoned => abandoned.Names).Contains("left"));
            if (!reached)
                break;
        }
    }

    [Theory]
    [InlineData(FaultMoment.Before)]
    [InlineData(FaultMoment.After)]
    public async Task Whichever_call_a_run_is_killed_at_the_next_run_gets_the_lock(FaultMoment moment)
    {
        for (int k = 1; ; k++)
        {
            LockScene scene = await LockScene.CreateAsync();
            await scene.PutAsync(LockOwners.Current, held: true, "left");
            scene.Storage.Fault = StorageFault.KillAt(k, moment);
            await FailsAsync(scene);
            bool reached = scene.Storage.Calls.Count >= k;
            scene.Storage.Fault = null;
            await using RepositoryLock next = await scene.AcquireAsync();
            Assert.Single(await scene.EntriesAsync());
            if (!reached)
                break;
        }
    }

    private static async Task<bool> FailsAsync(LockScene scene)
    {
        try
        {
            RepositoryLock held = await scene.AcquireAsync();
            await held.DisposeAsync();
            return false;
        }
        catch (StorageException exception)
        {
            Assert.Equal(ErrorIds.RepositoryUnavailable, exception.Id);
            return true;
        }
    }

    private static async Task<RepositoryLock?> TryAcquireAsync(IStorage storage)
    {
        try
        {
            return await RepositoryLock.AcquireAsync(storage, "app", "backup", TimeProvider.System, null, None);
        }
        catch (BackupException exception) when (exception.Id == ErrorIds.BackupInProgress)
        {
            return null;
        }
    }

    private async Task<IStorage> StorageAsync(bool onDisk)
    {
        IStorage storage = onDisk ? new DiskStorage(_directory.At("root")) : new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(None);
        return storage;
    }
}
