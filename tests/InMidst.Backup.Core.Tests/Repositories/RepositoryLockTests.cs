using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class RepositoryLockTests
{
    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_second_run_is_told_who_is_writing_and_since_when()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock first = await scene.AcquireAsync();
        BackupException exception = await scene.IsBusyAsync();
        Assert.Contains(Environment.MachineName, exception.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("2025-01-01 00:00:00Z", exception.Message, StringComparison.Ordinal);
        Assert.Contains("backup of app", exception.Message, StringComparison.Ordinal);
        Assert.Single(await scene.EntriesAsync());
        first.ThrowIfLost();
    }

    [Fact]
    public async Task A_released_lock_is_free_and_leaves_nothing()
    {
        LockScene scene = await LockScene.CreateAsync();
        RepositoryLock first = await scene.AcquireAsync();
        await first.SetWritingAsync(["app_1.sql.gz"], None);
        await first.DisposeAsync();
        await first.DisposeAsync();
        Assert.Empty(await scene.EntriesAsync());
        await using RepositoryLock second = await scene.AcquireAsync();
        Assert.Empty(second.TakenOver);
        Assert.Empty(scene.Warnings);
    }

    [Fact]
    public async Task Other_series_are_not_concerned()
    {
        LockScene scene = await LockScene.CreateAsync();
        await using RepositoryLock first = await scene.AcquireAsync();
        await using RepositoryLock second = await RepositoryLock.AcquireAsync(
            scene.Storage, "app2", "backup", scene.Clock, null, None);
        Assert.Empty(second.TakenOver);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    public async Task A_series_key_is_one_segment_of_a_name(string key)
    {
        LockScene scene = await LockScene.CreateAsync();
        BackupException exception = await Assert.ThrowsAnyAsync<BackupException>(
            () => RepositoryLock.AcquireAsync(scene.Storage, key, "backup", scene.Clock, null, None));
        Assert.Equal(ErrorIds.InvalidArgument, exception.Id);
    }

    [Fact]
    public async Task The_lock_of_a_process_that_is_gone_is_taken_over_with_what_it_was_writing()
    {
        LockScene scene = await LockScene.CreateAsync();
        LockOwner gone = LockOwners.Current with { ProcessId = await ExitedProcessAsync() };
        await scene.PutAsync(gone, held: true, "app_1.sql.gz", "app_1.sql.gz.manifest.json");
        await using RepositoryLock held = await scene.AcquireAsync();
        AbandonedLock abandoned = Assert.Single(held.TakenOver);
        Assert.Equal(gone, abandoned.Owner);
        Assert.Equal(scene.Clock.GetUtcNow(), abandoned.Since);
        Assert.Equal(["app_1.sql.gz", "app_1.sql.gz.manifest.json"], abandoned.Names);
        Assert.Single(await scene.EntriesAsync());
    }

    [Fact]
    public async Task The_lock_of_a_process_whose_id_has_a_new_process_is_taken_over()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.PutAsync(LockOwners.Current with { ProcessStart = "an earlier start" });
        await using RepositoryLock held = await scene.AcquireAsync();
        Assert.Single(held.TakenOver);
    }

    [Fact]
    public async Task A_lock_of_our_own_process_that_nobody_holds_is_taken_over()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.PutAsync(LockOwners.Current);
        await using RepositoryLock held = await scene.AcquireAsync();
        Assert.Single(held.TakenOver);
    }

    [Fact]
    public async Task The_lock_of_another_living_process_is_respected_until_it_dies()
    {
        LockScene scene = await LockScene.CreateAsync();
        using Process child = StartSleeper();
        await scene.PutAsync(LockOwners.Current with { ProcessId = child.Id, ProcessStart = null });
        await scene.IsBusyAsync();
        child.Kill();
        await child.WaitForExitAsync(None);
        await using RepositoryLock held = await scene.AcquireAsync();
        Assert.Single(held.TakenOver);
    }

    [Fact]
    public async Task Of_another_machine_only_the_heartbeat_counts()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.PutAsync(LockScene.OtherHost);
        await scene.IsBusyAsync();
        scene.Clock.Advance(TimeSpan.FromMinutes(5));
        await scene.IsBusyAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await using RepositoryLock held = await scene.AcquireAsync();
        Assert.Equal(LockScene.OtherHost, Assert.Single(held.TakenOver).Owner);
    }

    [Fact]
    public async Task Another_container_of_our_host_name_is_another_machine()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.PutAsync(LockOwners.Current with { ProcessId = await ExitedProcessAsync(), Machine = "elsewhere" });
        await scene.IsBusyAsync();
    }

    [Fact]
    public async Task A_lock_that_cannot_be_read_is_respected_while_it_is_fresh()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.Memory.PutAsync(LockScene.Prefix + "x.json", "{ \"format\": 2 }"u8.ToArray(), PutMode.CreateNew, None);
        await scene.IsBusyAsync();
        scene.Clock.Advance(TimeSpan.FromMinutes(6));
        await using RepositoryLock held = await scene.AcquireAsync();
        Assert.Null(Assert.Single(held.TakenOver).Owner);
    }

    [Fact]
    public async Task What_a_dead_run_took_over_is_handed_on_until_it_is_dealt_with()
    {
        LockScene scene = await LockScene.CreateAsync();
        await scene.PutAsync(LockOwners.Current, held: true, "one");
        RepositoryLock second = await scene.AcquireAsync();
        await second.SetWritingAsync(["two"], None);
        await scene.KillAsync(second);
        RepositoryLock third = await scene.AcquireAsync();
        Assert.Equal(["two", "one"], Assert.Single(third.TakenOver).Names);
        await third.SetWritingAsync(["three"], None);
        await third.ForgetTakenOverAsync(None);
        await scene.KillAsync(third);
        await using RepositoryLock fourth = await scene.AcquireAsync();
        Assert.Equal(["three"], Assert.Single(fourth.TakenOver).Names);
    }

    [Fact]
    public async Task A_missing_repository_is_said_to_be_missing()
    {
        var scene = new LockScene();
        StorageException exception = await Assert.ThrowsAsync<StorageException>(scene.AcquireAsync);
        Assert.Equal(ErrorIds.RepositoryNotFound, exception.Id);
    }

    private static Process StartSleeper() => OperatingSystem.IsWindows()
        ? Process.Start(new ProcessStartInfo("ping", ["-n", "600", "127.0.0.1"]) { RedirectStandardOutput = true })!
        : Process.Start("sleep", ["600"]);

    private static async Task<int> ExitedProcessAsync()
    {
        using Process child = StartSleeper();
        child.Kill();
        await child.WaitForExitAsync(None);
        return child.Id;
    }
}
