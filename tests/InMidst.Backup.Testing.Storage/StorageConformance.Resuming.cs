using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using Xunit;

namespace InMidst.Backup.Testing.Storage;

public abstract partial class StorageConformance
{
    // On S3 three parts of the least length and a piece: with two sent at once one has arrived when all is written.
    private const int LongEnough = 16_000_000;

    [Fact]
    public async Task Resuming_where_nothing_was_left_writes_a_new_object_and_never_overwrites()
    {
        byte[] content = Noise(LongEnough, 1);
        await Storage.PutAsync("large/a", content, PutMode.Resume, None);
        await FailsForGoodAsync(ErrorIds.ObjectExists, () => Storage.PutAsync("large/a", Noise(LongEnough, 2), PutMode.Resume, None));
        await FailsForGoodAsync(ErrorIds.ObjectExists, () => Storage.PutAsync("large/a", Bytes("short"), PutMode.Resume, None));
        Assert.Equal(content, await Storage.ReadAllBytesAsync("large/a", LongEnough, None));
        Assert.Equal(["large/a"], await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Theory]
    [InlineData(LongEnough, 1)]
    [InlineData(LongEnough + 5_000_000, 1)]
    [InlineData(8_000_000, 1)]
    [InlineData(100, 1)]
    [InlineData(0, 1)]
    [InlineData(LongEnough, 2)]
    public async Task What_resumes_a_suspended_upload_becomes_what_is_written_now(int length, int seed)
    {
        await SuspendAsync("large/a", Noise(LongEnough, 1));
        await SuspendAsync("large/a.001", Noise(LongEnough, 1));
        byte[] content = Noise(length, seed);
        StorageEntry entry = await Storage.PutAsync("large/a", content, PutMode.Resume, None);
        Assert.Equal(length, entry.Length);
        Assert.Equal(entry, await Storage.FindAsync("large/a", None));
        Assert.Equal(content, await Storage.ReadAllBytesAsync("large/a", length, None));
        Assert.Equal(["large/a"], await ListAsync());
        string[] others = Storage.Properties.ResumesUploads ? ["large/a.001"] : [];
        Assert.Equal(others, await Storage.ListUnfinishedUploadsAsync("", None).Select(upload => upload.Name).ToListAsync());
    }

    [Fact]
    public async Task A_suspended_upload_is_seen_by_nobody_but_as_unfinished_and_is_removed()
    {
        long left = await SuspendAsync("large/a", Noise(LongEnough, 1));
        Assert.Empty(await ListAsync());
        Assert.Null(await Storage.FindAsync("large/a", None));
        Assert.Equal(Storage.Properties.ResumesUploads, left > 0);
        Assert.InRange(left, 0, LongEnough);
        List<UnfinishedUpload> found = await Storage.ListUnfinishedUploadsAsync("large/", None).ToListAsync();
        Assert.Equal(left > 0 ? ["large/a"] : [], found.Select(upload => upload.Name));
        foreach (UnfinishedUpload upload in found)
        {
            Assert.True(await Storage.RemoveUnfinishedUploadAsync(upload, None));
            Assert.False(await Storage.RemoveUnfinishedUploadAsync(upload, None));
        }

        await PutAsync("large/a", "content");
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task An_abandoned_upload_that_resumed_another_leaves_nothing()
    {
        byte[] content = Noise(LongEnough, 1);
        await SuspendAsync("large/a", content);
        await using (StorageUpload upload = await Storage.BeginPutAsync("large/a", PutMode.Resume, None))
            await upload.WriteAsync(content, None);
        Assert.Empty(await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task Only_what_was_begun_to_be_resumed_is_left()
    {
        foreach (PutMode mode in new[] { PutMode.CreateNew, PutMode.Replace })
            Assert.Equal(0, await SuspendAsync("large/a", Noise(LongEnough, 1), mode));
        await using StorageUpload done = await Storage.BeginPutAsync("large/b", PutMode.Resume, None);
        await done.WriteAsync(Noise(LongEnough, 1), None);
        await done.CompleteAsync(None);
        Assert.Equal(0, await done.SuspendAsync());
        await using StorageUpload empty = await Storage.BeginPutAsync("large/c", PutMode.Resume, None);
        Assert.Equal(0, await empty.SuspendAsync());
        Assert.Equal(["large/b"], await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    private static byte[] Noise(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task<long> SuspendAsync(string name, byte[] content, PutMode mode = PutMode.Resume)
    {
        await using StorageUpload upload = await Storage.BeginPutAsync(name, mode, None);
        await upload.WriteAsync(content, None);
        return await upload.SuspendAsync();
    }
}
