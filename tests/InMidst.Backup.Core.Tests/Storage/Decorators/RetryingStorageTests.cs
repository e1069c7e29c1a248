using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage.Decorators;

/// <summary>Over a storage of which one call in four fails it is a storage like any other.</summary>
public sealed class RetryingStorageTests : StorageConformance
{
    private static readonly RetryPolicy Quick = new() { FirstDelay = TimeSpan.FromTicks(1), LongestDelay = TimeSpan.FromTicks(1) };

    private readonly MemoryStorage _memory = new(TimeProvider.System);
    private readonly List<string> _notices = [];

    protected override Task<IStorage> CreateAsync() => Task.FromResult(OverFaulty(FaultMoment.Before));

    protected override ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(FaultMoment.Before)]
    [InlineData(FaultMoment.After)]
    public async Task Each_call_may_fail_once_and_everything_is_as_without(FaultMoment moment)
    {
        int calls = await UseEverythingAsync(null);
        for (int k = 1; k <= calls; k++)
        {
            _notices.Clear();
            await UseEverythingAsync(StorageFault.At(k, moment));
            Assert.StartsWith("Injected fault", Assert.Single(_notices));
        }
    }

    [Fact]
    public async Task What_fails_for_good_is_not_tried_again()
    {
        FaultyStorage faulty = await FaultyAsync();
        IStorage storage = new RetryingStorage(faulty, Quick, TimeProvider.System, _notices.Add);
        await FailsForGoodAsync(ErrorIds.ObjectNotFound, () => storage.OpenReadAsync("none", 0, null, None));
        Assert.Equal(2, faulty.Calls.Count); // the entry, the stream
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task What_never_works_fails_when_its_time_is_over()
    {
        FaultyStorage faulty = await FaultyAsync();
        faulty.Fault = StorageFault.From(1);
        IStorage storage = new RetryingStorage(faulty, new RetryPolicy { TotalTime = TimeSpan.Zero }, TimeProvider.System, _notices.Add);
        await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.FindAsync("a", None));
        await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.PutAsync("a", Bytes("1"), PutMode.Replace, None));
        await FailsAsync(ErrorIds.RepositoryUnavailable, async () => await storage.ListAsync("", None).ToListAsync());
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task A_stream_goes_on_where_it_failed_as_often_as_need_be()
    {
        FaultyStorage faulty = await FaultyAsync();
        byte[] content = new byte[100_000];
        new Random(3).NextBytes(content);
        await _memory.PutAsync("a", content, PutMode.Replace, None);
        IStorage storage = new RetryingStorage(faulty, Quick, TimeProvider.System, null);
        faulty.Fault = new StorageFault(call => call.Operation == StorageOperation.Read && call.Number % 2 == 0, FaultMoment.After);
        await using Stream stream = await storage.OpenReadAsync("a", 1000, 90_000, None);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read, 1000, None);
        Assert.Equal(content[1000..91_000], read.ToArray());
    }

    [Fact]
    public async Task A_stream_never_goes_on_in_another_object()
    {
        FaultyStorage faulty = await FaultyAsync();
        IStorage storage = new RetryingStorage(faulty, Quick, TimeProvider.System, null);
        await storage.PutAsync("a", Bytes("old content"), PutMode.Replace, None);
        await using Stream stream = await storage.OpenReadAsync("a", 0, null, None);
        await stream.ReadExactlyAsync(new byte[3], None);
        await storage.PutAsync("a", Bytes("new content"), PutMode.Replace, None);
        faulty.ForgetCalls();
        faulty.Fault = StorageFault.At(1);
        await FailsForGoodAsync(ErrorIds.ObjectChanged, async () => await stream.ReadExactlyAsync(new byte[3], None));
    }

    [Fact]
    public async Task A_name_taken_by_another_is_not_ours_when_the_answer_was_lost()
    {
        FaultyStorage faulty = await FaultyAsync();
        IStorage storage = new RetryingStorage(faulty, Quick, TimeProvider.System, null);
        await using StorageUpload upload = await storage.BeginPutAsync("a", PutMode.CreateNew, None);
        await upload.WriteAsync(Bytes("ours"), None);
        await _memory.PutAsync("a", Bytes("them"), PutMode.CreateNew, None);
        faulty.ForgetCalls();
        faulty.Fault = StorageFault.At(1);
        await FailsForGoodAsync(ErrorIds.ObjectExists, () => upload.CompleteAsync(None));
    }

    [Fact]
    public async Task A_failed_upload_that_is_too_large_to_be_kept_is_never_completed()
    {
        FaultyStorage faulty = await FaultyAsync();
        IStorage storage = new RetryingStorage(faulty, Quick, TimeProvider.System, null);
        await using StorageUpload upload = await storage.BeginPutAsync("a", PutMode.CreateNew, None);
        await upload.WriteAsync(new byte[5 << 20], None);
        faulty.ForgetCalls();
        faulty.Fault = StorageFault.At(1);
        await FailsAsync(ErrorIds.RepositoryUnavailable, async () => await upload.WriteAsync(new byte[1], None));
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => upload.CompleteAsync(None));
        Assert.Null(await storage.FindAsync("a", None));
    }

    internal static IStorage OverFaulty(FaultMoment moment) => new RetryingStorage(
        new FaultyStorage(new MemoryStorage(TimeProvider.System))
        {
            Fault = new StorageFault(call => call.Number * 7 % 11 < 3 && !IsLeftOut(call), moment),
        },
        Quick, TimeProvider.System, null);

    // A large upload cannot be repeated, a stream cannot go on when its object was replaced, and after a failed removal nobody can tell
    // who removed it.
    private static bool IsLeftOut(StorageCall call) =>
        call.Operation is StorageOperation.Read or StorageOperation.RemoveUnfinishedUpload
        || (call.Name.StartsWith("large", StringComparison.Ordinal) && call.Operation is StorageOperation.Write or StorageOperation.Complete);

    private async Task<FaultyStorage> FaultyAsync()
    {
        await _memory.InitializeAsync(None);
        return new FaultyStorage(_memory);
    }

    private async Task<int> UseEverythingAsync(StorageFault? fault)
    {
        FaultyStorage faulty = await FaultyAsync();
        faulty.Fault = fault;
        IStorage storage = new RetryingStorage(faulty, Quick, TimeProvider.System, _notices.Add);
        await storage.InitializeAsync(None);
        await storage.PutAsync("a_1.sql", Bytes("12345"), PutMode.CreateNew, None);
        await storage.PutAsync("b", Bytes("1"), PutMode.CreateNew, None);
        Assert.Equal("234", await ReadAsync(storage));
        Assert.Equal(5, (await storage.FindAsync("a_1.sql", None))!.Length);
        Assert.Equal(["a_1.sql", "b"], (await storage.ListAsync("", None).ToListAsync()).Select(entry => entry.Name));
        await storage.SetPointerAsync("a_latest.sql", "a_1.sql", None);
        await storage.DeletePointerAsync("a_latest.sql", None);
        await storage.DeleteAsync("a_1.sql", None);
        await storage.DeleteAsync("b", None);
        StorageUpload left = await _memory.BeginPutAsync("a_1.sql", PutMode.CreateNew, None);
        Assert.Equal(0, left.Length);
        UnfinishedUpload found = Assert.Single(await storage.ListUnfinishedUploadsAsync("", None).ToListAsync());
        Assert.True(await storage.RemoveUnfinishedUploadAsync(found, None));
        Assert.Empty(await _memory.ListAsync("", None).ToListAsync());
        return faulty.Calls.Count;
    }

    private static async Task<string> ReadAsync(IStorage storage)
    {
        await using Stream stream = await storage.OpenReadAsync("a_1.sql", 1, 3, None);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(None);
    }
}
