using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>A repository in memory under a clock that the test moves, and the locks in it.</summary>
internal sealed class LockScene
{
    public const string Prefix = ".midst/locks/app.LOCK.";

    public LockScene()
    {
        Memory = new MemoryStorage(Clock);
        Storage = new FaultyStorage(Memory);
    }

    public static CancellationToken None => CancellationToken.None;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public MemoryStorage Memory { get; }

    public FaultyStorage Storage { get; }

    public List<string> Warnings { get; } = [];

    public static LockOwner OtherHost => new("other-host", 4711, "1", "other-boot");

    public static async Task<LockScene> CreateAsync()
    {
        var scene = new LockScene();
        await scene.Memory.InitializeAsync(None);
        return scene;
    }

    public Task<RepositoryLock> AcquireAsync() =>
        RepositoryLock.AcquireAsync(Storage, "app", "backup of app", Clock, Warn, None);

    public async Task<BackupException> IsBusyAsync()
    {
        BackupException exception = await Assert.ThrowsAsync<BackupException>(AcquireAsync);
        Assert.Equal(ErrorIds.BackupInProgress, exception.Id);
        return exception;
    }

    /// <summary>A lock object as another process would have written it.</summary>
    public Task PutAsync(LockOwner owner, bool held = true, params string[] writing)
    {
        string id = Guid.NewGuid().ToString("N");
        DateTimeOffset now = Clock.GetUtcNow();
        var record = new LockRecord
        {
            Format = LockRecord.CurrentFormat,
            Id = id,
            Held = held,
            Purpose = "backup of app",
            Owner = owner,
            Acquired = now,
            Heartbeat = now,
            Writing = writing,
        };
        return Memory.PutAsync($"{Prefix}{id}.json", record.ToJson(), PutMode.CreateNew, None);
    }

    /// <summary>Releases the lock and puts its object back: what it had left behind had its process been killed.</summary>
    public async Task KillAsync(RepositoryLock held)
    {
        StorageEntry entry = Assert.Single(await EntriesAsync());
        byte[] content = await Memory.ReadAllBytesAsync(entry.Name, 10_000, None);
        await held.DisposeAsync();
        await Memory.PutAsync(entry.Name, content, PutMode.CreateNew, None);
    }

    public async Task<List<StorageEntry>> EntriesAsync() => await Memory.ListAsync(Prefix, None).ToListAsync();

    /// <summary>Moves the clock by one heartbeat and waits until it has been written.</summary>
    public async Task BeatAsync()
    {
        // The next delay may not have begun when the last write was seen, so the clock is moved in small steps.
        DateTimeOffset before = Assert.Single(await EntriesAsync()).LastModified;
        await Waiting.UntilAsync(async () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return (await EntriesAsync()).Single().LastModified != before;
        });
    }

    private void Warn(string message)
    {
        lock (Warnings)
            Warnings.Add(message);
    }
}
