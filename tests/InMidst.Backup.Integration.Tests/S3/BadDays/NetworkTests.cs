using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>What networks and tired servers do passes unseen while it passes, and is told where it does not.</summary>
public sealed class NetworkTests(S3Fixture fixture) : IAsyncLifetime
{
    private const string Name = "app/dump";

    // Three whole parts and a piece.
    private readonly byte[] _content = BadDayScene.RandomBytes((3 * S3Settings.SmallestPartLength) + 1000);
    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public static TheoryData<string> Requests { get; } = ["begin", "part", "complete", "small", "head"];

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await fixture.ServerAsync());

    public ValueTask DisposeAsync()
    {
        Assert.Equal(0, _scene.Memory.Lent);
        return _scene.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Errors_and_slow_down_for_a_minute_are_waited_for(string request)
    {
        // On the hurried clock a minute of refusals is a second and a half.
        using InjectedFault errors = _scene.Proxy.Inject(HttpFault.InternalError, Where(request), times: 4);
        using InjectedFault slow = _scene.Proxy.Inject(HttpFault.SlowDown, Where(request), times: 8);
        await PutAsync(request, PutMode.CreateNew);
        Assert.Equal((4, 8), (errors.Hits, slow.Hits));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task An_answer_that_is_lost_does_not_make_the_object_anothers(string request)
    {
        using InjectedFault lost = _scene.Proxy.Inject(HttpFault.LoseAnswer, Where(request), times: 2);
        await PutAsync(request, PutMode.CreateNew);
        Assert.Equal(2, lost.Hits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    [InlineData(S3Settings.SmallestPartLength - 1)]
    public async Task A_connection_that_breaks_within_a_part_costs_that_part_only(long after)
    {
        using InjectedFault cut = _scene.Proxy.Inject(HttpFault.CutRequestAfter(after), request => request.IsPart, times: 3);
        await PutAsync("part", PutMode.CreateNew, TimeProvider.System);
        Assert.Equal(3, cut.Hits);
        Assert.Equal(3 + 4, _scene.Proxy.Requests.Count(request => request.IsPart));
    }

    [Fact]
    public async Task A_part_that_stands_still_is_sent_again()
    {
        using InjectedFault stalled = _scene.Proxy.Inject(HttpFault.StallRequestAfter(2_000_000), request => request.IsPart, times: 1);
        await PutAsync("part", PutMode.CreateNew);
        Assert.Equal(1, stalled.Hits);
    }

    [Fact]
    public async Task An_upload_that_never_gets_through_fails_within_its_limit_and_leaves_nothing()
    {
        S3Storage storage = await _scene.OpenAsync();
        await storage.InitializeAsync(Token);
        using (_scene.Proxy.Inject(HttpFault.SlowDown, request => request.IsPart))
        {
            StorageException failure = await _scene.FailsAsync(
                ErrorIds.RepositoryUnavailable, () => storage.PutAsync(Name, _content, PutMode.CreateNew, Token), permanent: false);
            Assert.Contains("SlowDown", failure.Message);
        }

        Assert.Contains(_scene.Warnings, warning => warning.Contains("tried again", StringComparison.Ordinal));
        await _scene.HoldsExactlyAsync();
        Assert.Equal(_content.Length, (await storage.PutAsync(Name, _content, PutMode.CreateNew, Token)).Length);
    }

    [Fact]
    public async Task An_endpoint_that_goes_down_in_the_midst_and_comes_back_is_waited_for()
    {
        S3Storage storage = await _scene.OpenAsync();
        await using StorageUpload upload = await storage.BeginPutAsync(Name, PutMode.CreateNew, Token);
        InjectedFault first = _scene.Proxy.Inject(HttpFault.StallRequestAfter(1_000_000), request => request.IsPart, times: 1);
        Task writing = upload.WriteAsync(_content, Token).AsTask();
        Task<StorageEntry> completing = CompleteAsync(upload, writing);
        await first.HappensToAsync(completing);
        await _scene.Proxy.RefuseAsync();
        _scene.Proxy.Accept();
        Assert.Equal(_content.Length, (await completing).Length);
        Assert.Equal(_content, await _scene.StoredAsync(Name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7_000_000)]
    public async Task Reading_goes_on_where_the_connection_broke(long after)
    {
        await _scene.OverwriteAsync(Name, _content);
        S3Storage storage = await _scene.OpenAsync(clock: TimeProvider.System);
        using InjectedFault cut = _scene.Proxy.Inject(HttpFault.CutResponseAfter(after), request => request.IsRead, times: 3);
        Assert.Equal(_content, await storage.ReadAllBytesAsync(Name, _content.Length, Token));
        // Of what was on its way when it broke some may be lost: the third may come so far, or not.
        Assert.InRange(cut.Hits, 2, 3);
        Assert.Equal(cut.Hits + 1, _scene.Proxy.Requests.Count(request => request.IsRead));
    }

    [Fact]
    public async Task Reading_a_range_goes_on_within_the_range()
    {
        await _scene.OverwriteAsync(Name, _content);
        S3Storage storage = await _scene.OpenAsync(clock: TimeProvider.System);
        using InjectedFault cut = _scene.Proxy.Inject(HttpFault.CutResponseAfter(400_000), request => request.IsRead, times: 2);
        await using Stream range = await storage.OpenReadAsync(Name, 5_000_000, 1_000_000, Token);
        using var read = new MemoryStream();
        await range.CopyToAsync(read, Token);
        Assert.Equal(_content[5_000_000..6_000_000], read.ToArray());
        Assert.Equal(2, cut.Hits);
    }

    [Fact]
    public async Task An_answer_that_stands_still_is_asked_for_again()
    {
        await _scene.OverwriteAsync(Name, _content);
        S3Storage storage = await _scene.OpenAsync();
        using InjectedFault stalled = _scene.Proxy.Inject(HttpFault.StallResponseAfter(9_000_000), request => request.IsRead, times: 1);
        Assert.Equal(_content, await storage.ReadAllBytesAsync(Name, _content.Length, Token));
        Assert.Equal(1, stalled.Hits);
    }

    [Fact]
    public async Task Reading_from_where_every_connection_breaks_at_once_fails_within_its_limit()
    {
        await _scene.OverwriteAsync(Name, _content);
        S3Storage storage = await _scene.OpenAsync();
        _scene.Proxy.Inject(HttpFault.CutResponseAfter(0), request => request.IsRead);
        await _scene.FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.ReadAllBytesAsync(Name, _content.Length, Token), permanent: false);
    }

    [Fact]
    public async Task An_object_that_is_replaced_while_it_is_read_is_not_read_on()
    {
        await _scene.OverwriteAsync(Name, _content);
        S3Storage storage = await _scene.OpenAsync();
        using InjectedFault stalled = _scene.Proxy.Inject(HttpFault.StallResponseAfter(9_000_000), request => request.IsRead, times: 1);
        Task<StorageException> reading = _scene.FailsAsync(
            ErrorIds.ObjectChanged, () => storage.ReadAllBytesAsync(Name, _content.Length, Token));
        await stalled.HappensToAsync(reading);
        await _scene.OverwriteAsync(Name, BadDayScene.RandomBytes(_content.Length));
        await reading;
    }

    [Fact]
    public async Task A_listing_of_several_pages_survives_errors_between_them()
    {
        string[] names = [.. Enumerable.Range(0, 1500).Select(number => $"n{number:0000}")];
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
            async (name, _) => await _scene.OverwriteAsync(name, []));
        S3Storage storage = await _scene.OpenAsync();
        using InjectedFault errors = _scene.Proxy.Inject(HttpFault.InternalError, times: 2);
        using InjectedFault cut = _scene.Proxy.Inject(HttpFault.CutResponseAfter(10_000), times: 2);
        Assert.Equal(names, await storage.ListAsync("", Token).Select(entry => entry.Name).ToListAsync(Token));
        Assert.Equal((2, 2), (errors.Hits, cut.Hits));
    }

    [Fact]
    public async Task Stopping_ends_a_request_that_stands_still_at_once()
    {
        S3Storage storage = await _scene.OpenAsync(clock: TimeProvider.System);
        using InjectedFault stalled = _scene.Proxy.Inject(HttpFault.StallRequestAfter(100), request => request.IsPart);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task putting = storage.PutAsync(Name, _content, PutMode.CreateNew, stop.Token);
        await stalled.HappensToAsync(putting);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => putting);
        await _scene.HoldsExactlyAsync();
    }

    private static async Task<StorageEntry> CompleteAsync(StorageUpload upload, Task writing)
    {
        await writing;
        return await upload.CompleteAsync(Token);
    }

    private static Func<ProxiedRequest, bool> Where(string request) => request switch
    {
        "begin" => r => r.Method == "POST" && r.Target.EndsWith("?uploads", StringComparison.Ordinal),
        "part" => r => r.IsPart,
        "complete" => r => r.IsCompletion,
        "small" => r => r.Method == "PUT" && !r.IsPart,
        _ => r => r.Method == "HEAD",
    };

    private async Task PutAsync(string request, PutMode mode, TimeProvider? clock = null)
    {
        byte[] content = request == "small" ? _content[..100_000] : _content;
        S3Storage storage = await _scene.OpenAsync(clock: clock);
        StorageEntry entry = await storage.PutAsync(Name, content, mode, Token);
        Assert.Equal(content.Length, entry.Length);
        Assert.Equal(content, await _scene.StoredAsync(Name));

        // Of a beginning whose answer was lost nobody knows the upload: it is what ListUnfinishedUploads is for.
        if (request == "begin")
            await storage.RemoveAbandonedUploadsAsync("", Token);
        await _scene.HoldsExactlyAsync(Name);
    }
}
