using System.Net;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>Uploads through lost answers, refusals and servers that lack something.</summary>
public sealed class S3UploadFaultTests : IDisposable
{
    private const int Part = S3Settings.SmallestPartLength;

    private static readonly byte[] Small = "content"u8.ToArray();
    private static readonly byte[] Large = Filled((2 * Part) + 100);

    private readonly List<FakeScene> _scenes = [];

    public void Dispose()
    {
        foreach (FakeScene scene in _scenes)
        {
            Assert.Equal(0, scene.Memory.Lent);
            scene.Dispose();
        }
    }

    [Theory]
    [InlineData("PUT", true, PutMode.CreateNew)]
    [InlineData("PUT", false, PutMode.CreateNew)]
    [InlineData("PUT", true, PutMode.Replace)]
    [InlineData("HEAD", true, PutMode.CreateNew)]
    public async Task A_small_object_whose_answer_was_lost_is_written_once_and_is_ours(string kind, bool keepsMetadata, PutMode mode)
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { KeepsMetadata = keepsMetadata });
        using S3Storage storage = await scene.OpenAsync();
        scene.FailFirst(kind, FakeFault.LostAnswer);
        StorageEntry entry = await storage.PutAsync("a", Small, mode, CancellationToken.None);
        Assert.Equal(7, entry.Length);
        Assert.Equal(Small, scene.Server.Objects["p/a"].Content);
    }

    [Theory]
    [InlineData("POST uploads", true)]
    [InlineData("PUT part", true)]
    [InlineData("POST upload", true)]
    [InlineData("POST upload", false)]
    public async Task A_large_object_with_a_lost_answer_is_whole_and_ours(string kind, bool conditionalCompletion)
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { ConditionalCompletion = conditionalCompletion });
        using S3Storage storage = await scene.OpenAsync();
        scene.FailFirst(kind, FakeFault.LostAnswer);
        StorageEntry entry = await storage.PutAsync("a", Large, PutMode.CreateNew, CancellationToken.None);
        Assert.Equal(Large.Length, entry.Length);
        Assert.Equal(Large, scene.Server.Objects["p/a"].Content);
        Assert.Equal(scene.Server.Objects["p/a"].Tag, entry.Version);
    }

    [Theory]
    [InlineData("PUT", 503, "SlowDown")]
    [InlineData("PUT", 500, "InternalError")]
    [InlineData("PUT", 409, "ConditionalRequestConflict")]
    [InlineData("PUT", 400, "RequestTimeout")]
    [InlineData("PUT part", 503, "SlowDown")]
    [InlineData("PUT part", 429, "TooManyRequests")]
    [InlineData("POST upload", 200, "InternalError")] // a server may begin to answer before it is done
    [InlineData("POST upload", 409, "ConditionalRequestConflict")]
    [InlineData("POST uploads", 500, "InternalError")]
    [InlineData("HEAD", 503, "")]
    public async Task What_may_pass_is_tried_again(string kind, int status, string code)
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        byte[] content = kind == "PUT" ? Small : Large;
        foreach (PutMode mode in Enum.GetValues<PutMode>().Reverse())
        {
            scene.FailFirst(kind, new FakeFault(false, (HttpStatusCode)status, code));
            await storage.PutAsync($"{mode}", content, mode, CancellationToken.None);
            Assert.Equal(content, scene.Server.Objects[$"p/{mode}"].Content);
        }

        Assert.Equal(0, scene.Server.Uploads);
    }

    [Fact]
    public async Task A_replacement_that_the_server_failed_to_complete_is_not_taken_for_done()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        await storage.PutAsync("a", Small, PutMode.Replace, CancellationToken.None);
        scene.FailFirst("POST upload", new FakeFault(false, HttpStatusCode.OK, "InternalError"));
        await storage.PutAsync("a", Large, PutMode.Replace, CancellationToken.None);
        Assert.Equal(Large, scene.Server.Objects["p/a"].Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_of_another_with_the_same_bytes_is_not_ours(bool large)
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { ConditionalCompletion = false });
        using S3Storage ours = await scene.OpenAsync();
        using S3Storage other = await scene.OpenAsync();
        byte[] content = large ? Large : Small;
        await using StorageUpload upload = await ours.BeginPutAsync("a", PutMode.CreateNew, CancellationToken.None);
        await upload.WriteAsync(content, CancellationToken.None);
        await other.PutAsync("a", content, PutMode.CreateNew, CancellationToken.None);
        scene.FailFirst(large ? "POST upload" : "PUT", FakeFault.Unreached);
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => upload.CompleteAsync(CancellationToken.None));
        Assert.Equal(ErrorIds.ObjectExists, exception.Id);
        await upload.DisposeAsync();
        Assert.Equal(0, scene.Server.Uploads);
    }

    [Fact]
    public async Task A_server_without_conditions_is_asked_for_the_name_instead()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { KnowsConditions = false });
        using S3Storage storage = await scene.OpenAsync();
        await storage.PutAsync("small", Small, PutMode.CreateNew, CancellationToken.None);
        await storage.PutAsync("large", Large, PutMode.CreateNew, CancellationToken.None);
        foreach (string name in new[] { "small", "large" })
        {
            await FailsAsync(ErrorIds.ObjectExists, () => storage.PutAsync(name, Small, PutMode.CreateNew, CancellationToken.None));
            await FailsAsync(ErrorIds.ObjectExists, () => storage.PutAsync(name, Large, PutMode.CreateNew, CancellationToken.None));
        }

        Assert.Equal(Small, scene.Server.Objects["p/small"].Content);
        Assert.Equal(0, scene.Server.Uploads);
    }

    [Fact]
    public async Task Tags_that_are_no_MD5_are_taken_as_they_are()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { TagsAreMd5 = false, KeepsMetadata = false });
        using S3Storage storage = await scene.OpenAsync();
        Assert.Equal(7, (await storage.PutAsync("small", Small, PutMode.CreateNew, CancellationToken.None)).Length);
        Assert.Equal(Large.Length, (await storage.PutAsync("large", Large, PutMode.CreateNew, CancellationToken.None)).Length);
        await using Stream whole = await storage.OpenReadAsync("small", 0, null, CancellationToken.None);
        using var read = new MemoryStream();
        await whole.CopyToAsync(read);
        Assert.Equal(Small, read.ToArray());
    }

    [Fact]
    public async Task A_stored_object_of_another_length_is_an_error()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { KeepsMetadata = false });
        using S3Storage storage = await scene.OpenAsync();
        scene.Server.Fault = call =>
        {
            if (call.Kind == "HEAD")
                scene.Server.Put("p/a", Small[1..]);
            return null;
        };
        StorageException exception = await FailsAsync(
            ErrorIds.RepositoryUnavailable, () => storage.PutAsync("a", Small, PutMode.Replace, CancellationToken.None));
        Assert.Contains("6 bytes instead of 7", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_is_refused_ends_the_upload_and_nothing_stays()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        scene.Server.Fault = call => call.Kind == "PUT part" ? new FakeFault(false, HttpStatusCode.Forbidden, "AccessDenied") : null;
        StorageException exception = await FailsAsync(ErrorIds.RepositoryAccessDenied, async () =>
        {
            await using StorageUpload upload = await storage.BeginPutAsync("a", PutMode.CreateNew, CancellationToken.None);
            while (true)
                await upload.WriteAsync(new byte[1 << 20], CancellationToken.None);
        });
        Assert.Contains("s3:PutObject", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, scene.Server.Uploads);
        Assert.Empty(scene.Server.Objects);
    }

    [Fact]
    public async Task All_parts_but_the_last_have_one_length_and_each_has_its_MD5()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        await storage.PutAsync("a", Large, PutMode.CreateNew, CancellationToken.None);
        FakeCall[] parts = [.. scene.Server.Calls.Where(call => call.Kind == "PUT part")];
        Assert.Equal([100, Part, Part], parts.Select(part => part.ContentLength).Order());
        Assert.All(parts, part => Assert.True(part.Headers.ContainsKey("Content-MD5")));
        Assert.All(scene.Server.Calls, call => Assert.Equal(call.ContentLength >= 64 * 1024, call.Headers.ContainsKey("Expect")));
        Assert.All(parts, part => Assert.Matches("^[0-9a-f]{64}$", part.Headers["x-amz-content-sha256"]));
    }

    [Fact]
    public async Task What_fits_into_one_part_is_one_request()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        await storage.PutAsync("a", new byte[Part], PutMode.CreateNew, CancellationToken.None);
        Assert.Equal(["HEAD", "PUT", "HEAD"], scene.Server.Calls.Select(call => call.Kind));
        Assert.Equal("*", scene.Server.Calls[1].Headers["If-None-Match"]);
    }

    [Fact]
    public async Task More_than_the_parts_can_hold_is_refused_before_it_is_sent()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync(FakeScene.Settings with { MaximumParts = 2 });
        Assert.Equal(2 * Part, storage.Properties.MaximumObjectLength);
        await FailsAsync(ErrorIds.InvalidArgument, () => storage.PutAsync("a", Large, PutMode.CreateNew, CancellationToken.None));
        await storage.PutAsync("a", Large.AsMemory(100), PutMode.CreateNew, CancellationToken.None);
    }

    [Fact]
    public async Task An_upload_whose_beginning_was_not_waited_for_leaves_nothing()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        using var cancellation = new CancellationTokenSource();
        scene.Server.Fault = call =>
        {
            if (call.Kind == "POST uploads")
                cancellation.Cancel();
            return null;
        };
        await using (StorageUpload upload = await storage.BeginPutAsync("a", PutMode.CreateNew, CancellationToken.None))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await upload.WriteAsync(Large, cancellation.Token));
        Assert.Equal("DELETE upload", scene.Server.Calls[^1].Kind);
        Assert.Equal(0, scene.Server.Uploads);
    }

    [Fact]
    public async Task An_upload_that_somebody_removed_is_said_to_be_removed()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync();
        await using StorageUpload upload = await storage.BeginPutAsync("a", PutMode.CreateNew, CancellationToken.None);
        await upload.WriteAsync(Large.AsMemory(0, Part + 1), CancellationToken.None);
        Assert.Equal(1, await storage.RemoveAbandonedUploadsAsync("", CancellationToken.None));
        StorageException exception = await FailsAsync(ErrorIds.RepositoryUnavailable, () => upload.CompleteAsync(CancellationToken.None));
        Assert.Contains("removed by someone else", exception.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Server.Objects);
    }

    [Fact]
    public async Task Many_uploads_with_hardly_any_memory_do_not_stop_each_other()
    {
        FakeScene scene = Scene();
        var settings = FakeScene.Settings with { Concurrency = 8 };
        using S3Storage storage = await S3Storage.OpenAsync(
            new S3Location("bucket", "p"), settings, new ByteBudget(ByteBudget.BufferLength), scene.Clock, scene.Warnings.Add, scene.Server,
            new RetryPolicy(), CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(
            () => storage.PutAsync($"{i}", Filled((9 * Part) + i), PutMode.CreateNew, CancellationToken.None))));
        Assert.Equal(Enumerable.Range(0, 4).Select(i => (9 * Part) + i), scene.Server.Objects.Values.Select(stored => stored.Content.Length));
    }

    private static byte[] Filled(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private static async Task<StorageException> FailsAsync(ErrorId id, Func<Task> action)
    {
        StorageException exception = await Assert.ThrowsAsync<StorageException>(action);
        Assert.Equal(id, exception.Id);
        return exception;
    }

    private FakeScene Scene(FakeS3Server? server = null)
    {
        var scene = new FakeScene(server);
        _scenes.Add(scene);
        return scene;
    }
}
