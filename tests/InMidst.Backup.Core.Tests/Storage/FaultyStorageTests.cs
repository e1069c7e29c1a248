using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage;

/// <summary>Without a fault it is a storage like any other; with one it fails exactly where it was told to.</summary>
public sealed class FaultyStorageTests : StorageConformance
{
    private readonly MemoryStorage _inner = new(TimeProvider.System);

    protected override Task<IStorage> CreateAsync() =>
        Task.FromResult<IStorage>(new FaultyStorage(new MemoryStorage(TimeProvider.System)));

    protected override ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_call_is_counted_in_order()
    {
        FaultyStorage storage = await FaultyAsync();
        await UseEverythingAsync(storage);
        Assert.Equal(Enumerable.Range(1, storage.Calls.Count), storage.Calls.Select(call => call.Number));
        Assert.Equal(Enum.GetValues<StorageOperation>().Order(), storage.Calls.Select(call => call.Operation).Distinct().Order());
        Assert.Equal(new StorageCall(2, StorageOperation.BeginPut, "a_1.sql"), storage.Calls[1]);
    }

    [Theory]
    [InlineData(FaultMoment.Before)]
    [InlineData(FaultMoment.After)]
    public async Task Each_call_can_be_made_to_fail(FaultMoment moment)
    {
        FaultyStorage whole = await FaultyAsync();
        await UseEverythingAsync(whole);
        for (int k = 1; k <= whole.Calls.Count; k++)
        {
            FaultyStorage storage = await FaultyAsync();
            storage.Fault = StorageFault.At(k, moment);
            StorageException exception = await Assert.ThrowsAsync<StorageException>(() => UseEverythingAsync(storage));
            Assert.Equal(ErrorIds.RepositoryUnavailable, exception.Id);
            Assert.Equal(k, storage.Calls.Count);
        }
    }

    [Fact]
    public async Task A_fault_before_has_no_effect_and_a_fault_after_has_it()
    {
        FaultyStorage storage = await FaultyAsync();
        storage.Fault = new StorageFault(call => call.Operation == StorageOperation.Complete);
        await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.PutAsync("a", Bytes("1"), PutMode.CreateNew, None));
        Assert.Null(await storage.FindAsync("a", None));
        storage.Fault = storage.Fault with { Moment = FaultMoment.After };
        await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.PutAsync("a", Bytes("1"), PutMode.CreateNew, None));
        Assert.NotNull(await storage.FindAsync("a", None));
    }

    [Fact]
    public async Task A_storage_that_is_gone_stays_gone_and_one_name_can_be_bad_alone()
    {
        FaultyStorage storage = await FaultyAsync();
        storage.Fault = StorageFault.From(2, failure: call => new InvalidOperationException(call.Name));
        await storage.FindAsync("a", None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.FindAsync("a", None));
        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.FindAsync("b", None));
        storage.Fault = StorageFault.On(name => name == "bad");
        await storage.FindAsync("good", None);
        await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.FindAsync("bad", None));
    }

    [Fact]
    public async Task A_kill_leaves_the_upload_behind()
    {
        FaultyStorage storage = await FaultyAsync();
        storage.Fault = StorageFault.KillAt(2);
        await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.PutAsync("a", Bytes("1"), PutMode.CreateNew, None));
        Assert.Equal(1, _inner.UnfinishedUploads);
    }

    private async Task<FaultyStorage> FaultyAsync()
    {
        await _inner.InitializeAsync(None);
        await _inner.DeleteAsync("a_1.sql", None);
        return new FaultyStorage(_inner);
    }

    private static async Task UseEverythingAsync(FaultyStorage storage)
    {
        await storage.InitializeAsync(None);
        await storage.PutAsync("a_1.sql", Bytes("1"), PutMode.CreateNew, None);
        await storage.ReadAllBytesAsync("a_1.sql", 10, None);
        await storage.FindAsync("a_1.sql", None);
        await storage.ListAsync("", None).ToListAsync();
        await storage.SetPointerAsync("a_latest.sql", "a_1.sql", None);
        await storage.DeletePointerAsync("a_latest.sql", None);
        await storage.DeleteAsync("a_1.sql", None);
        await storage.ListUnfinishedUploadsAsync("", None).ToListAsync();
        await storage.RemoveUnfinishedUploadAsync(new UnfinishedUpload("a_1.sql", "a_1.sql", default, null), None);
    }
}
