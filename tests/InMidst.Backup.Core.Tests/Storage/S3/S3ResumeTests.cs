using System.Net;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>Uploads that take over the parts an earlier one left, and those that must not.</summary>
public sealed class S3ResumeTests : IDisposable
{
    private const int Part = S3Settings.SmallestPartLength;
    private const string Name = "app/a.sql.gz";

    private static readonly byte[] Content = Filled((4 * Part) + 100, seed: 1);
    private static readonly S3Settings OneByOne = FakeScene.Settings with { Concurrency = 1 };

    private readonly List<FakeScene> _scenes = [];

    private static CancellationToken None => CancellationToken.None;

    public void Dispose()
    {
        foreach (FakeScene scene in _scenes)
        {
            Assert.Equal(0, scene.Memory.Lent);
            scene.Dispose();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Parts_that_are_there_are_not_sent_again(bool killed)
    {
        FakeScene scene = await BrokenAsync(killed: killed);
        Assert.Equal(2 * Part, await ResumeAsync(scene));
        Assert.Empty(scene.Warnings);
    }

    [Fact]
    public async Task The_object_bears_the_mark_of_the_upload_that_was_taken_over()
    {
        FakeScene scene = await BrokenAsync();
        scene.FailFirst("POST upload", FakeFault.LostAnswer);
        Assert.Equal(2 * Part, await ResumeAsync(scene));
    }

    [Fact]
    public async Task A_part_that_was_tampered_with_is_sent_again()
    {
        FakeScene scene = await BrokenAsync();
        Assert.Single(scene.Server.OpenUploads).Value.Parts[2] = new byte[Part];
        Assert.Equal(3 * Part, await ResumeAsync(scene));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_part_of_another_length_is_sent_again(int number)
    {
        FakeScene scene = await BrokenAsync();
        FakeUpload left = Assert.Single(scene.Server.OpenUploads).Value;
        left.Parts[number] = left.Parts[number][1..];
        Assert.Equal((number == 1 ? 4 : 3) * Part, await ResumeAsync(scene));
    }

    [Fact]
    public async Task Another_content_is_sent_whole()
    {
        FakeScene scene = await BrokenAsync();
        Assert.Equal(4 * Part, await ResumeAsync(scene, content: Filled(Content.Length, seed: 2)));
    }

    [Fact]
    public async Task Parts_of_another_length_are_of_no_use()
    {
        FakeScene scene = await BrokenAsync();
        await ResumeAsync(scene, OneByOne with { PartLength = Part + 1000 });
    }

    [Fact]
    public async Task Parts_beyond_the_end_do_not_become_part_of_the_object()
    {
        FakeScene scene = await BrokenAsync();
        Assert.Single(scene.Server.OpenUploads).Value.Parts[9] = new byte[100];
        Assert.Equal(2 * Part, await ResumeAsync(scene));
    }

    [Fact]
    public async Task Where_tags_are_no_MD5_nothing_is_left_and_all_is_sent()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { TagsAreMd5 = false });
        Assert.Equal(0, await BreakAsync(scene, OneByOne));
        Assert.Empty(scene.Server.OpenUploads);
        await LeaveAsync(scene, OneByOne);
        Assert.Equal(4 * Part, await ResumeAsync(scene));
    }

    [Fact]
    public async Task An_upload_nobody_noted_is_removed_and_the_noted_one_taken_over()
    {
        FakeScene scene = await BrokenAsync();
        using S3Storage storage = await scene.OpenAsync();
        StorageUpload foreign = await storage.BeginPutAsync(Name, PutMode.CreateNew, None);
        await foreign.WriteAsync(Content.AsMemory(0, Part + 1), None);
        StorageUpload other = await storage.BeginPutAsync(Name + ".001", PutMode.CreateNew, None);
        await other.WriteAsync(Content.AsMemory(0, Part + 1), None);
        while (scene.Server.OpenUploads.Values.Count(left => left.Parts.Count > 0) < 3)
            await Task.Yield();
        Assert.Equal(2 * Part, await ResumeAsync(scene, others: 1));
        await other.CompleteAsync(None);
        await foreign.DisposeAsync();
        await other.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(OtherProperties))]
    public async Task An_upload_that_becomes_an_object_with_other_properties_is_not_taken_over(S3Settings earlier, S3Settings now)
    {
        FakeScene scene = await BrokenAsync(earlier);
        Assert.Equal(4 * Part, await ResumeAsync(scene, now));
        FakeObject stored = scene.Server.Objects["p/" + Name];
        Assert.Equal(now.StorageClass ?? "", stored.Headers.GetValueOrDefault("x-amz-storage-class", ""));
        Assert.Equal(now.LockUntil is null ? "" : "GOVERNANCE", stored.Headers.GetValueOrDefault("x-amz-object-lock-mode", ""));
    }

    public static TheoryData<S3Settings, S3Settings> OtherProperties()
    {
        DateTimeOffset soon = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        S3Settings locked = OneByOne with { LockMode = S3LockMode.Governance, LockUntil = soon };
        return new TheoryData<S3Settings, S3Settings>
        {
            { OneByOne, OneByOne with { StorageClass = "STANDARD_IA" } },
            { OneByOne with { StorageClass = "STANDARD_IA" }, OneByOne },
            { OneByOne, OneByOne with { Tags = new Dictionary<string, string> { ["a"] = "b" } } },
            { OneByOne, OneByOne with { Encryption = S3ServerSideEncryption.Aes256 } },
            { OneByOne, OneByOne with { LegalHold = true } },
            { OneByOne, locked },
            { locked, OneByOne },

            // A lock can be put off, but not brought forward.
            { locked with { LockUntil = soon.AddYears(7) }, locked },
        };
    }

    [Fact]
    public async Task A_lock_that_is_to_hold_longer_is_put_off()
    {
        S3Settings locked = OneByOne with { LockMode = S3LockMode.Governance, LockUntil = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        FakeScene scene = await BrokenAsync(locked);
        Assert.Equal(2 * Part, await ResumeAsync(scene, locked with { LockUntil = locked.LockUntil.Value.AddDays(1) }));
        Assert.StartsWith("2030-01-02", scene.Server.Objects["p/" + Name].Headers["x-amz-object-lock-retain-until-date"]);
    }

    [Fact]
    public async Task Without_the_right_to_list_parts_all_is_sent_and_that_is_said()
    {
        FakeScene scene = await BrokenAsync();
        scene.Server.Fault = call => call.Kind == "GET upload" ? new FakeFault(false, HttpStatusCode.Forbidden, "AccessDenied") : null;
        Assert.Equal(4 * Part, await ResumeAsync(scene));
        Assert.Contains("s3:ListMultipartUploadParts", Assert.Single(scene.Warnings));
    }

    [Fact]
    public async Task A_note_that_cannot_be_read_is_none()
    {
        FakeScene scene = await BrokenAsync();
        scene.Server.Put(Assert.Single(scene.Server.Objects).Key, "{}"u8.ToArray());
        Assert.Equal(4 * Part, await ResumeAsync(scene));
    }

    [Fact]
    public async Task A_note_whose_upload_a_lifecycle_rule_removed_is_found_and_removed()
    {
        FakeScene scene = await BrokenAsync();
        scene.Server.ForgetUploads();
        using S3Storage storage = await scene.OpenAsync();
        UnfinishedUpload found = Assert.Single(await storage.ListUnfinishedUploadsAsync("app/", None).ToListAsync());
        Assert.Equal(Name, found.Name);
        Assert.True(await storage.RemoveUnfinishedUploadAsync(found, None));
        Assert.Empty(scene.Server.Objects);
        await BreakAsync(scene, OneByOne);
        scene.Server.ForgetUploads();
        Assert.Equal(4 * Part, await ResumeAsync(scene));
    }

    [Fact]
    public async Task Who_was_believed_dead_does_not_remove_what_another_took_over()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync(OneByOne);
        StorageUpload sleeper = await storage.BeginPutAsync(Name, PutMode.Resume, None);
        await sleeper.WriteAsync(Content.AsMemory(0, (2 * Part) + 1), None);
        await using StorageUpload later = await storage.BeginPutAsync(Name, PutMode.Resume, None);
        await later.WriteAsync(Content.AsMemory(0, 3 * Part), None);
        await sleeper.DisposeAsync();
        await later.WriteAsync(Content.AsMemory(3 * Part), None);
        await later.CompleteAsync(None);
        Assert.Equal(Content, Assert.Single(scene.Server.Objects).Value.Content);
        Assert.Equal(0, scene.Server.Uploads);
    }

    [Fact]
    public async Task Stopping_removes_what_was_taken_over_too()
    {
        FakeScene scene = await BrokenAsync();
        using S3Storage storage = await scene.OpenAsync();
        await using (StorageUpload upload = await storage.BeginPutAsync(Name, PutMode.Resume, None))
            await upload.WriteAsync(Content.AsMemory(0, Part + 1), None);
        Assert.Empty(scene.Server.OpenUploads);
        Assert.Empty(scene.Server.Objects);
    }

    [Fact]
    public async Task An_upload_that_somebody_removed_is_not_said_to_be_left()
    {
        FakeScene scene = Scene();
        using S3Storage storage = await scene.OpenAsync(OneByOne);
        await using StorageUpload upload = await storage.BeginPutAsync(Name, PutMode.Resume, None);
        await upload.WriteAsync(Content.AsMemory(0, (2 * Part) + 1), None);
        scene.Server.ForgetUploads();
        await Assert.ThrowsAsync<StorageException>(async () =>
        {
            await upload.WriteAsync(Content.AsMemory((2 * Part) + 1), None);
            await upload.CompleteAsync(None);
        });
        Assert.Equal(0, await upload.SuspendAsync());
        Assert.Empty(scene.Server.Objects);
    }

    private static byte[] Filled(int length, int seed)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>A scene where an upload broke when two parts had arrived.</summary>
    private async Task<FakeScene> BrokenAsync(S3Settings? settings = null, bool killed = false)
    {
        FakeScene scene = Scene();
        if (killed)
            await LeaveAsync(scene, settings ?? OneByOne);
        else
            Assert.Equal(2 * Part, await BreakAsync(scene, settings ?? OneByOne));
        Assert.Equal([1, 2], Assert.Single(scene.Server.OpenUploads).Value.Parts.Keys);
        scene.Warnings.Clear();
        return scene;
    }

    private static async Task<long> BreakAsync(FakeScene scene, S3Settings settings)
    {
        int parts = 0;
        scene.Server.Fault = call => call.Kind == "PUT part" && ++parts > 2 ? new FakeFault(false, HttpStatusCode.Forbidden, "AccessDenied") : null;
        using S3Storage storage = await scene.OpenAsync(settings);
        await using StorageUpload upload = await storage.BeginPutAsync(Name, PutMode.Resume, None);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(async () => await upload.WriteAsync(Content, None));
        Assert.Equal(ErrorIds.RepositoryAccessDenied, failure.Id);
        scene.Server.Fault = null;
        return await upload.SuspendAsync();
    }

    /// <summary>As a process that is killed: nothing is disposed before the scene is.</summary>
    private static async Task LeaveAsync(FakeScene scene, S3Settings settings)
    {
        var memory = new ByteBudget(64 << 20);
        S3Storage storage = await S3Storage.OpenAsync(
            new S3Location("bucket", "p"), settings, memory, scene.Clock, scene.Warnings.Add, scene.Server, new RetryPolicy(), None);
        StorageUpload upload = await storage.BeginPutAsync(Name, PutMode.Resume, None);
        var arrived = new TaskCompletionSource();
        int parts = 0;
        scene.Server.Fault = call =>
        {
            if (call.Kind != "PUT part" || ++parts < 3)
                return null;
            arrived.TrySetResult();
            return new FakeFault(false) { Stalls = true };
        };
        await upload.WriteAsync(Content.AsMemory(0, (3 * Part) + 1), None);
        await arrived.Task;
        scene.Server.Fault = null;
    }

    /// <summary>Writes the object, which must be right, with nothing left behind.</summary>
    /// <returns>Bytes of whole parts that were sent.</returns>
    private static async Task<long> ResumeAsync(FakeScene scene, S3Settings? settings = null, byte[]? content = null, int others = 0)
    {
        content ??= Content;
        int before = scene.Server.Calls.Count;
        using S3Storage storage = await scene.OpenAsync(settings ?? OneByOne);
        StorageEntry entry = await storage.PutAsync(Name, content, PutMode.Resume, None);
        Assert.Equal(content.Length, entry.Length);
        FakeObject stored = Assert.Single(scene.Server.Objects).Value;
        Assert.Equal(content, stored.Content);
        Assert.Equal(stored.Tag, entry.Version);
        Assert.Equal(others, scene.Server.Uploads);
        return scene.Server.Calls.Skip(before).Where(call => call.Kind == "PUT part" && call.ContentLength >= Part).Sum(call => (long)call.ContentLength);
    }

    private FakeScene Scene(FakeS3Server? server = null)
    {
        var scene = new FakeScene(server);
        _scenes.Add(scene);
        return scene;
    }
}
