using System.Security.Cryptography;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>Uploads in parts, and what objects are given, on a real server.</summary>
public sealed class S3UploadTests(S3Fixture fixture) : IDisposable
{
    private const int Part = S3Settings.SmallestPartLength;

    private readonly S3Scene _scene = new(fixture);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task An_object_of_many_parts_is_what_was_written_and_memory_stays_within_the_budget()
    {
        S3Storage storage = await _scene.OpenAsync();
        byte[] content = RandomNumberGenerator.GetBytes((9 * Part) + 12_345);
        long most = 0;
        await using (StorageUpload upload = await storage.BeginPutAsync("app/large", PutMode.CreateNew, CancellationToken.None))
        {
            for (int position = 0; position < content.Length; position += 1_000_000)
            {
                await upload.WriteAsync(content.AsMemory(position, Math.Min(1_000_000, content.Length - position)), CancellationToken.None);
                most = Math.Max(most, _scene.Memory.Lent);
            }

            StorageEntry entry = await upload.CompleteAsync(CancellationToken.None);
            Assert.Equal(content.Length, entry.Length);
            Assert.EndsWith("-10", entry.Version);
            Assert.Equal(entry, await storage.FindAsync("app/large", CancellationToken.None));
        }

        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await storage.ReadAllBytesAsync("app/large", content.Length, CancellationToken.None)));
        Assert.InRange(most, Part, 64 << 20);
        Assert.Equal(0, _scene.Memory.Lent);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_told_before_more_than_a_part_is_sent_and_at_the_end()
    {
        S3Storage storage = await _scene.OpenAsync();
        byte[] content = new byte[Part + 1];
        await using (StorageUpload late = await storage.BeginPutAsync("a", PutMode.CreateNew, CancellationToken.None))
        {
            await late.WriteAsync(content, CancellationToken.None);
            await storage.PutAsync("a", new byte[] { 1 }, PutMode.CreateNew, CancellationToken.None);
            await FailsAsync(ErrorIds.ObjectExists, () => late.CompleteAsync(CancellationToken.None));
        }

        await FailsAsync(ErrorIds.ObjectExists, () => storage.PutAsync("a", content, PutMode.CreateNew, CancellationToken.None));
        Assert.Equal([1], await storage.ReadAllBytesAsync("a", 1, CancellationToken.None));
        Assert.Empty(await storage.ListUnfinishedUploadsAsync("", CancellationToken.None).ToListAsync());
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Part + 1)]
    public async Task Object_Lock_holds_for_backups_and_not_for_locks_of_runs(int length)
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync(objectLock: true);
        DateTimeOffset until = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddDays(2).ToUnixTimeSeconds());
        S3Settings settings = await _scene.SettingsAsync() with
        {
            LockMode = S3LockMode.Governance,
            LockUntil = until,
            LegalHold = true,
            Tags = new Dictionary<string, string> { ["kind"] = "backup & more" },
        };
        S3Storage storage = await _scene.OpenAsync(new S3Location(bucket, "p"), settings);
        StorageEntry entry = await storage.PutAsync("app/a.sql.gz", new byte[length], PutMode.CreateNew, CancellationToken.None);
        Assert.Equal(until, entry.LockedUntil);
        Assert.True(entry.HasLegalHold);
        IReadOnlyDictionary<string, string> headers = (await server.HeadObjectAsync(bucket, "p/app/a.sql.gz"))!;
        Assert.Equal("GOVERNANCE", headers["x-amz-object-lock-mode"]);
        S3Answer tags = await server.SendAsync(new S3Request(HttpMethod.Get, bucket) { Key = "p/app/a.sql.gz", Query = new Dictionary<string, string> { ["tagging"] = "" } });
        Assert.Contains("backup &amp; more", System.Text.Encoding.UTF8.GetString(tags.Body));
        S3Answer refused = await server.AskAsync(new S3Request(HttpMethod.Delete, bucket)
        {
            Key = "p/app/a.sql.gz",
            Query = new Dictionary<string, string> { ["versionId"] = headers["x-amz-version-id"] },
        });
        Assert.Equal("AccessDenied", refused.Code);

        StorageEntry own = await storage.PutAsync(".midst/locks/a.json", new byte[length], PutMode.CreateNew, CancellationToken.None);
        Assert.Null(own.LockedUntil);
        Assert.False(own.HasLegalHold);
    }

    [Fact]
    public async Task In_a_bucket_with_versions_the_latest_is_what_there_is()
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        await server.EnableVersioningAsync(bucket);
        S3Storage storage = await _scene.OpenAsync(new S3Location(bucket, ""));
        await storage.PutAsync("a", "one"u8.ToArray(), PutMode.CreateNew, CancellationToken.None);
        await storage.PutAsync("a", "two"u8.ToArray(), PutMode.Replace, CancellationToken.None);
        await FailsAsync(ErrorIds.ObjectExists, () => storage.PutAsync("a", "three"u8.ToArray(), PutMode.CreateNew, CancellationToken.None));
        Assert.Equal("two"u8.ToArray(), await storage.ReadAllBytesAsync("a", 10, CancellationToken.None));
        Assert.Single(await storage.ListAsync("", CancellationToken.None).ToListAsync());
        await storage.DeleteAsync("a", CancellationToken.None);
        Assert.Null(await storage.FindAsync("a", CancellationToken.None));
        Assert.Empty(await storage.ListAsync("", CancellationToken.None).ToListAsync());
        await storage.PutAsync("a", "four"u8.ToArray(), PutMode.CreateNew, CancellationToken.None);
    }

    [Fact]
    public async Task Uploads_with_hardly_any_memory_do_not_stop_each_other()
    {
        string bucket = await fixture.NewBucketAsync();
        using S3Storage storage = await S3Storage.OpenAsync(
            new S3Location(bucket, "p"), await _scene.SettingsAsync(), new ByteBudget(ByteBudget.BufferLength), TimeProvider.System, _ => { },
            CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(
            () => storage.PutAsync($"{i}", new byte[(8 * Part) + i], PutMode.CreateNew, CancellationToken.None))));
        Assert.Equal(
            [8 * Part, (8 * Part) + 1, (8 * Part) + 2],
            (await storage.ListAsync("", CancellationToken.None).ToListAsync()).Select(entry => (int)entry.Length));
    }

    [Fact]
    public async Task Repositories_of_one_bucket_and_other_peoples_objects_stay_apart()
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        S3Storage shorter = await _scene.OpenAsync(new S3Location(bucket, "a"));
        S3Storage longer = await _scene.OpenAsync(new S3Location(bucket, "ab"));
        S3Storage odd = await _scene.OpenAsync(new S3Location(bucket, "odd prefix/ä+%41&"));
        S3Storage whole = await _scene.OpenAsync(new S3Location(bucket, ""));
        foreach (S3Storage storage in new[] { shorter, longer, odd })
            await storage.PutAsync("x/1", "1"u8.ToArray(), PutMode.CreateNew, CancellationToken.None);
        foreach (string key in new[] { "a/", "a/folder/", "a/with space", "a/x/ä", "a/x/\u0001", "a//x" })
            await server.PutObjectAsync(bucket, key, "1"u8.ToArray());
        Assert.Equal(["x/1"], await NamesAsync(shorter));
        Assert.Equal(["x/1"], await NamesAsync(longer));
        Assert.Equal(["x/1"], await NamesAsync(odd));
        Assert.Equal(["a/x/1", "ab/x/1"], await NamesAsync(whole));
        StorageUpload unfinished = await odd.BeginPutAsync("x/%412", PutMode.CreateNew, CancellationToken.None);
        await unfinished.WriteAsync(new byte[Part + 1], CancellationToken.None);
        Assert.Equal("x/%412", Assert.Single(await odd.ListUnfinishedUploadsAsync("x/", CancellationToken.None).ToListAsync()).Name);
        Assert.Empty(await shorter.ListUnfinishedUploadsAsync("", CancellationToken.None).ToListAsync());
        await unfinished.DisposeAsync();
    }

    [Theory]
    [InlineData("plain.sql.gz")]
    [InlineData("a b/ü+&=?#%41 ;:@.sql.gz")]
    [InlineData("a//b")]
    [InlineData("x\u0001y")]
    public async Task One_object_of_any_key_is_read(string key)
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        await server.PutObjectAsync(bucket, key, "0123456789"u8.ToArray());
        await server.PutObjectAsync(bucket, key + ".001", "more"u8.ToArray());
        S3ObjectStorage storage = await _scene.OpenObjectAsync(S3Location.Parse($"s3://{bucket}/{key}"));
        Assert.Equal(key[(key.LastIndexOf('/') + 1)..], storage.Name);
        Assert.Equal(10, (await storage.FindAsync(storage.Name, CancellationToken.None))!.Length);
        Assert.Equal([storage.Name], (await storage.ListAsync("", CancellationToken.None).ToListAsync()).Select(entry => entry.Name));
        await using Stream middle = await storage.OpenReadAsync(storage.Name, 3, 4, CancellationToken.None);
        using var reader = new StreamReader(middle);
        Assert.Equal("3456", await reader.ReadToEndAsync());
        Assert.Equal(4, (await storage.FindAsync(storage.Name + ".001", CancellationToken.None))!.Length);
        Assert.Null(await storage.FindAsync("other", CancellationToken.None));
        await FailsAsync(ErrorIds.ObjectNotFound, () => storage.OpenReadAsync("other", 0, null, CancellationToken.None));
        await FailsAsync(ErrorIds.RepositoryAccessDenied, () => storage.BeginPutAsync(storage.Name, PutMode.Replace, CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_only_pretends_to_encrypt_is_warned_of()
    {
        S3Settings settings = await _scene.SettingsAsync() with { Encryption = S3ServerSideEncryption.Aes256 };
        S3Storage storage = await _scene.OpenAsync(settings: settings);
        await storage.PutAsync("a", new byte[1], PutMode.CreateNew, CancellationToken.None);
        Assert.Contains("does not confirm that it encrypts", Assert.Single(_scene.Warnings));
    }

    private static async Task<string[]> NamesAsync(S3Storage storage) =>
        [.. (await storage.ListAsync("", CancellationToken.None).ToListAsync()).Select(entry => entry.Name)];

    private static async Task FailsAsync(ErrorId id, Func<Task> action) =>
        Assert.Equal(id, (await Assert.ThrowsAsync<StorageException>(action)).Id);
}
