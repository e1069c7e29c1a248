using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Storage.Decorators;

public sealed class RateLimitedStorageTests : StorageConformance
{
    private const int Rate = 80_000; // a piece is 10,000 bytes, an eighth of a second

    protected override Task<IStorage> CreateAsync() =>
        Task.FromResult<IStorage>(new RateLimitedStorage(new MemoryStorage(TimeProvider.System), 1L << 40, TimeProvider.System));

    protected override ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Uploads_and_downloads_together_take_the_time_their_bytes_need()
    {
        var clock = new JumpingClock();
        IStorage storage = await LimitedAsync(clock);
        await using StorageUpload first = await storage.BeginPutAsync("a", PutMode.CreateNew, None);
        await using StorageUpload second = await storage.BeginPutAsync("b", PutMode.CreateNew, None);
        for (int i = 0; i < 4; i++)
        {
            await first.WriteAsync(new byte[Rate / 8], None);
            await second.WriteAsync(new byte[Rate / 8], None);
        }

        await first.CompleteAsync(None);
        Assert.Equal(Rate / 2, (await storage.ReadAllBytesAsync("a", Rate, None)).Length);
        Assert.Equal(1500 - 125, clock.Elapsed.TotalMilliseconds, 1.0);
    }

    [Fact]
    public async Task What_was_not_used_for_long_is_not_made_up_for()
    {
        var clock = new JumpingClock();
        IStorage storage = await LimitedAsync(clock);
        clock.Advance(TimeSpan.FromHours(1));
        await storage.PutAsync("a", new byte[Rate], PutMode.CreateNew, None);
        Assert.Equal(3_600_000 + 1000 - 125, clock.Elapsed.TotalMilliseconds, 1.0);
    }

    [Fact]
    public async Task An_upload_that_was_cancelled_while_it_waited_is_never_completed()
    {
        var clock = new FakeTimeProvider();
        IStorage storage = await LimitedAsync(clock);
        using var cancellation = new CancellationTokenSource();
        await using StorageUpload upload = await storage.BeginPutAsync("a", PutMode.CreateNew, None);
        Task writing = upload.WriteAsync(new byte[Rate], cancellation.Token).AsTask();
        Assert.False(writing.IsCompleted);
        await cancellation.CancelAsync();
        await CancelsAsync(() => writing);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => upload.CompleteAsync(None));
    }

    private static async Task<IStorage> LimitedAsync(TimeProvider clock)
    {
        var storage = new RateLimitedStorage(new MemoryStorage(TimeProvider.System), Rate, clock);
        await storage.InitializeAsync(None);
        return storage;
    }
}
