using System.Net;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Storage.S3;

public sealed class S3ReadTests : IDisposable
{
    private readonly FakeScene _scene = new();
    private readonly byte[] _content = new byte[300_000];

    public S3ReadTests()
    {
        new Random(5).NextBytes(_content);
        _scene.Server.Put("p/a", _content);
    }

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_stream_goes_on_where_its_connection_broke()
    {
        using S3Storage storage = await _scene.OpenAsync();
        _scene.Server.Fault = call => call.Kind == "GET" ? new FakeFault(false) { CutAfter = 70_000 } : null;
        await using Stream stream = await storage.OpenReadAsync("a", 1000, 250_000, CancellationToken.None);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read, CancellationToken.None);
        Assert.Equal(_content[1000..251_000], read.ToArray());
        Assert.Equal(
            ["bytes=1000-250999", "bytes=71000-250999", "bytes=141000-250999", "bytes=211000-250999"],
            _scene.Server.Calls.Select(call => call.Headers["Range"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_never_goes_on_in_another_object(bool replaced)
    {
        using S3Storage storage = await _scene.OpenAsync();
        _scene.FailFirst("GET", new FakeFault(false) { CutAfter = 1000 });
        await using Stream stream = await storage.OpenReadAsync("a", 0, null, CancellationToken.None);
        await stream.ReadExactlyAsync(new byte[500], CancellationToken.None);
        if (replaced)
            _scene.Server.Put("p/a", new byte[300_000]);
        else
            await storage.DeleteAsync("a", CancellationToken.None);
        StorageException exception = await Assert.ThrowsAsync<StorageException>(
            async () => await stream.CopyToAsync(Stream.Null, CancellationToken.None));
        Assert.Equal(ErrorIds.ObjectChanged, exception.Id);
        Assert.True(exception.IsPermanent);
    }

    [Fact]
    public async Task A_stream_that_breaks_at_the_same_byte_again_and_again_fails_at_last()
    {
        using S3Storage storage = await _scene.OpenAsync(policy: new RetryPolicy { TotalTime = TimeSpan.Zero });
        _scene.Server.Fault = call => call.Kind == "GET" ? new FakeFault(false) { CutAfter = 1000 } : null;
        await using Stream stream = await storage.OpenReadAsync("a", 0, null, CancellationToken.None);
        StorageException exception = await Assert.ThrowsAsync<StorageException>(
            async () => await stream.CopyToAsync(Stream.Null, CancellationToken.None));
        Assert.Equal(ErrorIds.RepositoryUnavailable, exception.Id);
        Assert.False(exception.IsPermanent);
    }

    [Fact]
    public async Task A_request_that_gets_no_answer_is_given_up_and_sent_again()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var scene = new FakeScene(clock: clock);
        scene.Server.Put("p/a", _content);
        using S3Storage storage = await scene.OpenAsync(policy: new RetryPolicy { FirstDelay = TimeSpan.Zero });
        scene.FailFirst("GET", new FakeFault(false) { Stalls = true });
        Task<byte[]> reading = storage.ReadAllBytesAsync("a", 1 << 20, CancellationToken.None);
        while (scene.Server.Calls.Count == 0)
            await Task.Yield();
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(reading.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(_content, await reading);
        Assert.Equal(2, scene.Server.Calls.Count);
    }

    [Fact]
    public async Task A_stream_that_is_left_early_and_one_that_is_cancelled_end_at_once()
    {
        using S3Storage storage = await _scene.OpenAsync();
        await using (Stream left = await storage.OpenReadAsync("a", 0, null, CancellationToken.None))
            Assert.Equal(_content[0], left.ReadByte());
        await using Stream cancelled = await storage.OpenReadAsync("a", 0, null, CancellationToken.None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await cancelled.ReadExactlyAsync(new byte[1], new CancellationToken(canceled: true)));
        Assert.Equal(2, _scene.Server.Calls.Count);
    }

    [Fact]
    public async Task Keys_that_are_no_names_of_the_repository_are_not_listed()
    {
        using S3Storage storage = await _scene.OpenAsync();
        foreach (string key in new[] { "p/", "p/folder/", "p/a b", "p/ü", "p/x\u0001y", "p/a+b", "p/app_latest.sql.gz", "px", "other", "p/../a", "p/.x.midst-tmp" })
            _scene.Server.Put(key, []);
        _scene.Server.Put("p/z%41", []);
        Assert.Equal(
            ["a", "z%41"], (await storage.ListAsync("", CancellationToken.None).ToListAsync()).Select(entry => entry.Name));
    }

    [Fact]
    public async Task A_missing_permission_is_told_although_HEAD_says_no_words()
    {
        using S3Storage storage = await _scene.OpenAsync();
        _scene.Server.Fault = call => call.Kind switch
        {
            "HEAD" => new FakeFault(false, HttpStatusCode.Forbidden),
            "GET" => new FakeFault(false, HttpStatusCode.Forbidden, "SignatureDoesNotMatch"),
            _ => null,
        };
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => storage.FindAsync("a", CancellationToken.None));
        Assert.Equal(ErrorIds.CredentialsRefused, exception.Id);
    }
}
