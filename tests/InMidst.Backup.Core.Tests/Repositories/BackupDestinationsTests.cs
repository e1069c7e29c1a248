using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>One backup into several repositories at once.</summary>
public sealed class BackupDestinationsTests
{
    private static readonly DateTimeOffset Started = new(2026, 2, 6, 2, 0, 0, TimeSpan.Zero);

    private readonly List<string> _warnings = [];
    private readonly List<(IStorage Storage, BackupException Failure)> _dropped = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_repositories_get_the_same_bytes_under_names_of_their_own()
    {
        var disk = new MemoryStorage(TimeProvider.System);
        var bucket = new MemoryStorage(TimeProvider.System, groupsByDatabase: true);
        byte[] data = RandomNumberGenerator.GetBytes(100_000);
        IReadOnlyList<BackupRecord> copies = await BackUpAsync(data, disk, bucket);
        Assert.Equal(["app_20260206_020000.sql", "app/app_20260206_020000.sql"], copies.Select(copy => copy.Data.Name));
        foreach (BackupRecord copy in copies)
        {
            Assert.Equal(data, await copy.Storage.ReadAllBytesAsync(copy.Data.Name, data.Length, Token));
            Assert.Equal(Sha256(data), Assert.Single(copy.Manifest!.Objects).Sha256);
        }

        Assert.Empty(_dropped);
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    [InlineData(300, 3)]
    [InlineData(1001, 11)]
    public async Task Where_objects_may_not_be_long_the_data_goes_on_in_further_ones(int length, int parts)
    {
        var whole = new MemoryStorage(TimeProvider.System);
        var parted = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 100);
        byte[] data = RandomNumberGenerator.GetBytes(length);
        IReadOnlyList<BackupRecord> copies = await BackUpAsync(data, whole, parted);
        Assert.Equal(Sha256(data), Assert.Single(copies[0].Manifest!.Objects).Sha256);
        IReadOnlyList<ObjectRecord> objects = copies[1].Manifest!.Objects;
        Assert.Equal(Enumerable.Range(0, parts).Select(part => BackupName.Part("app/app_20260206_020000.sql", part)), objects.Select(o => o.Name));
        byte[] joined = [];
        foreach (ObjectRecord record in objects)
        {
            byte[] content = await parted.ReadAllBytesAsync(record.Name, 100, Token);
            Assert.Equal(record.Length, content.Length);
            Assert.Equal(record.Sha256, Sha256(content));
            joined = [.. joined, .. content];
        }

        Assert.Equal(data, joined);
    }

    [Fact]
    public async Task A_repository_that_fails_anywhere_is_dropped_and_keeps_nothing_while_the_other_gets_the_whole_backup()
    {
        byte[] data = RandomNumberGenerator.GetBytes(250);
        int calls = await CountCallsAsync(data);
        for (int k = 1; k <= calls; k++)
        {
            foreach (FaultMoment moment in Enum.GetValues<FaultMoment>())
            {
                _dropped.Clear();
                var good = new MemoryStorage(TimeProvider.System);
                var memory = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 100);
                var bad = new FaultyStorage(memory) { Fault = StorageFault.At(k, moment) };
                IReadOnlyList<BackupRecord> copies = await BackUpAsync(data, bad, good);
                Assert.Equal(data, await good.ReadAllBytesAsync(copies[^1].Data.Name, data.Length, Token));
                Assert.Same(good, copies[^1].Storage);
                Assert.Equal(copies.Count == 1, _dropped.Count == 1);
                await NothingHalfDoneAsync(memory, whole: copies.Count == 2);
            }
        }
    }

    [Fact]
    public async Task When_the_last_one_fails_the_backup_has_failed()
    {
        var first = new FaultyStorage(new MemoryStorage(TimeProvider.System)) { Fault = StorageFault.On(name => name.EndsWith(".sql", StringComparison.Ordinal)) };
        var second = new FaultyStorage(new MemoryStorage(TimeProvider.System)) { Fault = StorageFault.On(name => name.EndsWith(".json", StringComparison.Ordinal) && name.StartsWith("app", StringComparison.Ordinal)) };
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => BackUpAsync([1, 2, 3], first, second));
        Assert.Equal(ErrorIds.RepositoryUnavailable, failure.Id);
        Assert.Same(first, Assert.Single(_dropped).Storage);
    }

    [Fact]
    public async Task An_id_is_taken_when_one_of_the_repositories_has_it()
    {
        var first = new MemoryStorage(TimeProvider.System);
        var second = new MemoryStorage(TimeProvider.System, groupsByDatabase: true);
        await second.InitializeAsync(Token);
        await second.PutAsync("app/app_20260206_020000.sql.gz", new byte[] { 1 }, PutMode.CreateNew, Token);
        IReadOnlyList<BackupRecord> copies = await BackUpAsync([1], first, second);
        Assert.All(copies, copy => Assert.Equal("app_20260206_020000_2", copy.Id));
    }

    [Fact]
    public async Task What_a_killed_run_left_in_parts_is_gone_after_the_next()
    {
        byte[] data = RandomNumberGenerator.GetBytes(250);
        var memory = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 100);
        var storage = new FaultyStorage(memory);
        await BackUpAsync(data, storage);
        int calls = storage.Calls.Count;
        for (int k = 1; k <= calls; k++)
        {
            memory = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 100);
            storage = new FaultyStorage(memory) { Fault = StorageFault.KillAt(k) };
            try
            {
                await BackUpAsync(data, storage);
            }
            catch (StorageException)
            {
                // Killed before its end.
            }

            await BackUpAsync([7], memory);
            List<StorageEntry> left = await memory.ListAsync("app/", Token).ToListAsync(Token);
            Assert.All(left, entry => Assert.Contains(left, other => other.Name == BackupName.DumpOf(WithoutManifest(entry.Name)) + BackupName.ManifestSuffix));
            Assert.Equal(0, memory.UnfinishedUploads);
        }
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(350)]
    public async Task Data_that_are_given_up_leave_no_object_in_the_way_of_the_next_attempt(int written)
    {
        var parted = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 100);
        await using BackupDestinations destinations = await PrepareAsync(parted);
        await using (BackupUpload givenUp = await BackupUpload.BeginAsync(destinations, [], Token))
            await givenUp.Stream.WriteAsync(RandomNumberGenerator.GetBytes(written), Token);
        Assert.Empty(await parted.ListAsync("app/", Token).ToListAsync(Token));
        BackupRecord backup = Assert.Single(await WriteAsync(destinations, RandomNumberGenerator.GetBytes(250)));
        Assert.Equal(3, backup.Manifest!.Objects.Count);
        Assert.Equal(4, await parted.ListAsync("app/", Token).CountAsync(Token));
    }

    [Fact]
    public async Task A_manifest_that_does_not_get_through_is_given_up_when_the_lock_is_lost()
    {
        var clock = new FakeTimeProvider(Started);
        var good = new MemoryStorage(clock);
        var memory = new MemoryStorage(clock, groupsByDatabase: true);
        var stuck = new StuckStorage(memory, name => name.StartsWith("app/", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal));
        await using BackupDestinations destinations = await PrepareAsync(clock, good, stuck);
        Task<IReadOnlyList<BackupRecord>> published = WriteAsync(destinations, [1, 2, 3]);
        await stuck.Reached.WaitAsync(Token);
        foreach (StorageEntry taken in await memory.ListAsync(".midst/", Token).ToListAsync(Token))
            await memory.DeleteAsync(taken.Name, Token);
        DateTimeOffset enough = clock.GetUtcNow() + (RepositoryLock.LostAfter / 2);
        await Waiting.UntilAsync(() =>
        {
            if (clock.GetUtcNow() < enough)
                clock.Advance(TimeSpan.FromSeconds(1));
            return published.IsCompleted;
        });
        Assert.Same(good, Assert.Single(await published).Storage);
        Assert.Equal(ErrorIds.LockLost, Assert.Single(_dropped).Failure.Id);
    }

    private static string WithoutManifest(string name) =>
        name.EndsWith(BackupName.ManifestSuffix, StringComparison.Ordinal) ? name[..^BackupName.ManifestSuffix.Length] : name;

    private static string Sha256(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    private static async Task NothingHalfDoneAsync(MemoryStorage storage, bool whole)
    {
        Assert.Equal(0, storage.UnfinishedUploads);
        if (!storage.IsInitialized)
            return;
        List<string> names = await storage.ListAsync("", Token).Select(entry => entry.Name).ToListAsync(Token);
        Assert.Equal(whole, names.Contains("app/app_20260206_020000.sql.manifest.json"));
        if (!whole)
            Assert.DoesNotContain(names, name => name.StartsWith("app/", StringComparison.Ordinal));
    }

    private async Task<int> CountCallsAsync(byte[] data)
    {
        var counted = new FaultyStorage(new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 100));
        await BackUpAsync(data, counted, new MemoryStorage(TimeProvider.System));
        return counted.Calls.Count;
    }

    private async Task<IReadOnlyList<BackupRecord>> BackUpAsync(byte[] data, params IStorage[] storages)
    {
        await using BackupDestinations destinations = await PrepareAsync(storages);
        return await WriteAsync(destinations, data);
    }

    private Task<BackupDestinations> PrepareAsync(params IStorage[] storages) => PrepareAsync(TimeProvider.System, storages);

    private async Task<BackupDestinations> PrepareAsync(TimeProvider clock, params IStorage[] storages)
    {
        var destinations = new BackupDestinations(storages, clock, Warn, (storage, failure) => _dropped.Add((storage, failure)));
        try
        {
            await destinations.LockAsync("app", "app-1", Token);
            string id = await destinations.ReserveIdAsync("app", Started, Token);
            await destinations.EachAsync(destination => destination.NameAsync("app", id + ".sql", Token));
            return destinations;
        }
        catch
        {
            await destinations.DisposeAsync();
            throw;
        }
    }

    private static async Task<IReadOnlyList<BackupRecord>> WriteAsync(BackupDestinations destinations, byte[] data)
    {
        await using (BackupUpload upload = await BackupUpload.BeginAsync(destinations, [], Token))
        {
            for (int at = 0; at < data.Length; at += 70)
                await upload.Stream.WriteAsync(data.AsMemory(at, Math.Min(70, data.Length - at)), Token);
            await upload.CompleteAsync(Token);
        }

        string id = BackupName.IdOf(destinations.Living[0].DataName);
        return await destinations.PublishAsync(SampleRecords.Manifest(id, CompressionKind.None), Token);
    }

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }

    /// <summary>A storage that does not answer where an object of some name is to be written.</summary>
    private sealed class StuckStorage(IStorage inner, Func<string, bool> sticks) : DelegatingStorage(inner)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public override async Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken)
        {
            if (sticks(name))
            {
                _reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return await base.BeginPutAsync(name, mode, cancellationToken);
        }
    }
}
