using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Core.Tests.Format;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>What servers, proxies and rights do that would give a wrong answer without an error.</summary>
public sealed class S3OddServerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_the_right_to_read_one_dump_it_can_be_read(bool withManifest)
    {
        using var scene = new FakeScene();
        using S3Storage storage = await scene.OpenAsync();
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, storage, "app/", withManifest);
        scene.Server.MayOnlyRead = true;
        var warnings = new List<string>();
        BackupRecord backup = await new BackupRepository(storage, warnings.Add).OpenAsync(dump.Name, CancellationToken.None);
        Assert.Equal(withManifest, backup.DataObjects.Count > 0);
        Assert.Equal(SampleDump.Id, backup.Id);
        BackupContents contents = await BackupContents.OpenAsync(backup, CancellationToken.None);
        Assert.NotNull(contents.Index);
        if (withManifest)
            Assert.Empty(warnings);
        else
            Assert.Contains("no right to see it", Assert.Single(warnings));
    }

    [Fact]
    public async Task Of_a_dump_that_may_not_be_read_either_that_is_said()
    {
        using var scene = new FakeScene();
        using S3Storage storage = await scene.OpenAsync();
        scene.Server.MayOnlyRead = true;
        StorageException failure = await Assert.ThrowsAsync<StorageException>(
            () => new BackupRepository(storage, static _ => { }).OpenAsync("app/none.sql.gz", CancellationToken.None));
        Assert.Equal(ErrorIds.RepositoryAccessDenied, failure.Id);
    }

    [Theory]
    [InlineData(0, 10L)]
    [InlineData(10, null)]
    [InlineData(10, 10L)]
    public async Task A_whole_object_is_not_taken_for_a_part_of_it(long offset, long? length)
    {
        using var scene = new FakeScene(new FakeS3Server(TimeProvider.System) { IgnoresRanges = true });
        scene.Server.Put("p/a", new byte[100]);
        using S3Storage storage = await scene.OpenAsync();
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => storage.OpenReadAsync("a", offset, length, CancellationToken.None));
        Assert.Equal(ErrorIds.RepositoryUnavailable, failure.Id);
        Assert.Equal(100, (await storage.ReadAllBytesAsync("a", 100, CancellationToken.None)).Length);
    }

    [Fact]
    public async Task A_listing_that_ends_too_early_is_no_listing()
    {
        using var scene = new FakeScene(new FakeS3Server(TimeProvider.System) { ForgetsContinuations = true, PageLength = 2 });
        using S3Storage storage = await scene.OpenAsync(FakeScene.Settings with { Concurrency = 2 });
        foreach (string name in (string[])["a", "b"])
            await storage.PutAsync(name, new byte[1], PutMode.CreateNew, CancellationToken.None);
        Assert.Equal(2, await storage.ListAsync("", CancellationToken.None).CountAsync());
        await storage.PutAsync("c", new byte[1], PutMode.CreateNew, CancellationToken.None);
        await Assert.ThrowsAsync<StorageException>(async () => await storage.ListAsync("", CancellationToken.None).CountAsync());
        Assert.Empty(await storage.ListUnfinishedUploadsAsync("", CancellationToken.None).ToListAsync());
        StorageUpload[] uploads = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(i => storage.BeginPutAsync($"u{i}", PutMode.CreateNew, CancellationToken.None)));
        foreach (StorageUpload upload in uploads)
            await upload.WriteAsync(new byte[S3Settings.SmallestPartLength + 1], CancellationToken.None);
        await Assert.ThrowsAsync<StorageException>(async () => await storage.ListUnfinishedUploadsAsync("", CancellationToken.None).CountAsync());
        foreach (StorageUpload upload in uploads)
            await upload.DisposeAsync();
    }
}
