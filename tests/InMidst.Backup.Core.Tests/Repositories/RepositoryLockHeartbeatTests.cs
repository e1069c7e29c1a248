using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class RepositoryLockHeartbeatTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task The_heartbeat_keeps_a_lock_alive_for_as_long_as_it_is_held()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock held = await scene.AcquireAsync();
        DateTimeOffset start = scene.Clock.GetUtcNow();
        while (scene.Clock.GetUtcNow() - start < TimeSpan.FromMinutes(15))
            await scene.BeatAsync();
        held.ThrowIfLost();
        await scene.IsBusyAsync();
        Assert.Empty(scene.Warnings);
    }

    [Fact]
    public async Task A_storage_that_does_not_answer_holds_up_the_release_for_seconds_only()
    {
        LockScene scene = await LockScene.CreateAsync();
        var silent = new SilentDeletes(scene.Memory);
        RepositoryLock held = await RepositoryLock.AcquireAsync(silent, "app", "backup of app", scene.Clock, scene.Warnings.Add, None);
        Task release = held.DisposeAsync().AsTask();
        await Waiting.UntilAsync(() => silent.IsAsked);
        Assert.False(release.IsCompleted);
        scene.Clock.Advance(TimeSpan.FromSeconds(15));
        await release.WaitAsync(TimeSpan.FromMinutes(1), None);
        Assert.Contains("could not be removed", Assert.Single(scene.Warnings));
    }

    [Fact]
    public async Task A_heartbeat_keeps_what_is_being_written()
    {
        LockScene scene = await LockScene.CreateAsync();
        RepositoryLock held = await scene.AcquireAsync();
        await held.SetWritingAsync(["one", "two"], None);
        await scene.BeatAsync();
        await scene.KillAsync(held);
        await using RepositoryLock next = await scene.AcquireAsync();
        Assert.Equal(["one", "two"], Assert.Single(next.TakenOver).Names);
    }

    [Fact]
    public async Task A_lock_that_someone_removed_is_lost()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock held = await scene.AcquireAsync();
        await scene.Memory.DeleteAsync(Assert.Single(await scene.EntriesAsync()).Name, None);
        await Waiting.UntilAsync(() =>
        {
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            return held.Lost.IsCancellationRequested;
        });
        Assert.True(scene.Clock.GetUtcNow().TimeOfDay < TimeSpan.FromMinutes(4));
        AssertLost(held);
        Assert.Empty(await scene.EntriesAsync());
    }

    [Fact]
    public async Task Whoever_asks_learns_at_once_that_the_lock_was_removed()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock held = await scene.AcquireAsync();
        await held.EnsureHeldAsync(None);
        await scene.Memory.DeleteAsync(Assert.Single(await scene.EntriesAsync()).Name, None);
        foreach (Func<Task> ask in new Func<Task>[] { () => held.EnsureHeldAsync(None), () => held.SetWritingAsync(["a"], None) })
            Assert.Equal(ErrorIds.LockLost, (await Assert.ThrowsAsync<BackupException>(ask)).Id);
        Assert.True(held.Lost.IsCancellationRequested);
        Assert.Empty(await scene.EntriesAsync());
    }

    [Fact]
    public async Task A_storage_that_fails_for_minutes_loses_the_lock()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock held = await scene.AcquireAsync();
        scene.Storage.Fault = StorageFault.On(_ => true);
        scene.Clock.Advance(TimeSpan.FromMinutes(4) - TimeSpan.FromSeconds(1));
        held.ThrowIfLost();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await Waiting.UntilAsync(() => held.Lost.IsCancellationRequested);
        AssertLost(held);
        await Waiting.UntilAsync(() => scene.Warnings.Count > 0);
    }

    [Fact]
    public async Task A_storage_that_fails_for_a_minute_does_not()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock held = await scene.AcquireAsync();
        scene.Storage.Fault = StorageFault.On(_ => true);
        await Waiting.UntilAsync(() =>
        {
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
            return scene.Warnings.Count > 0;
        });
        scene.Storage.Fault = null;
        await scene.BeatAsync();
        held.ThrowIfLost();
    }

    [Fact]
    public async Task After_a_long_sleep_of_the_machine_the_lock_is_lost()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock held = await scene.AcquireAsync();
        scene.Clock.SetUtcNow(scene.Clock.GetUtcNow() + TimeSpan.FromHours(8));
        AssertLost(held);
    }

    [Fact]
    public async Task A_run_that_slept_and_the_one_that_took_over_never_both_hold_the_lock()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock slept = await scene.AcquireAsync();
        scene.Storage.Fault = StorageFault.On(_ => true);
        scene.Clock.Advance(TimeSpan.FromMinutes(6));
        scene.Storage.Fault = null;
        await using RepositoryLock next = await scene.AcquireAsync();
        Assert.Single(next.TakenOver);
        AssertLost(slept);
        next.ThrowIfLost();
        Assert.Single(await scene.EntriesAsync());
    }

    [Fact]
    public async Task A_lock_that_cannot_be_removed_is_warned_of_and_taken_over_by_the_next()
    {
        LockScene scene = await LockScene.CreateAsync();
        RepositoryLock held = await scene.AcquireAsync();
        scene.Storage.Fault = new StorageFault(call => call.Operation == StorageOperation.Delete);
        await held.DisposeAsync();
        Assert.Contains("could not be removed", Assert.Single(scene.Warnings), StringComparison.Ordinal);
        scene.Storage.Fault = null;
        await using RepositoryLock next = await scene.AcquireAsync();
        Assert.Single(next.TakenOver);
    }

    private static void AssertLost(RepositoryLock held) =>
        Assert.Equal(ErrorIds.LockLost, Assert.Throws<BackupException>(held.ThrowIfLost).Id);

    private sealed class SilentDeletes(IStorage inner) : DelegatingStorage(inner)
    {
        private volatile bool _isAsked;

        public bool IsAsked => _isAsked;

        public override Task DeleteAsync(string name, CancellationToken cancellationToken)
        {
            _isAsked = true;
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
