using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>Encryption, storage class, tags and Object Lock.</summary>
public sealed class S3ObjectPropertiesTests : IDisposable
{
    private static readonly DateTimeOffset Until = new(2035, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly S3Settings Settings = FakeScene.Settings with
    {
        Encryption = S3ServerSideEncryption.Kms,
        KmsKeyId = "the-key",
        StorageClass = "STANDARD_IA",
        Tags = new Dictionary<string, string> { ["team"] = "db a&b" },
        LockMode = S3LockMode.Compliance,
        LockUntil = Until,
        LegalHold = true,
    };

    private readonly List<FakeScene> _scenes = [];

    public void Dispose() => _scenes.ForEach(scene => scene.Dispose());

    [Theory]
    [InlineData(10, false)]
    [InlineData(S3Settings.SmallestPartLength + 1, false)]
    [InlineData(S3Settings.SmallestPartLength + 1, true)]
    public async Task A_backup_has_all_that_was_asked_for_even_where_the_server_drops_the_lock(int length, bool drops)
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System) { DropsHeadersOfUploads = drops });
        using S3Storage storage = await scene.OpenAsync(Settings);
        StorageEntry entry = await storage.PutAsync("app/a.sql.gz", new byte[length], PutMode.CreateNew, CancellationToken.None);
        Assert.Equal(Until, entry.LockedUntil);
        Assert.True(entry.HasLegalHold);
        Assert.Equal(entry, await storage.FindAsync("app/a.sql.gz", CancellationToken.None));
        Dictionary<string, string> headers = scene.Server.Objects["p/app/a.sql.gz"].Headers;
        Assert.Equal("COMPLIANCE", headers["x-amz-object-lock-mode"]);
        Assert.Equal("STANDARD_IA", headers["x-amz-storage-class"]);
        Assert.Equal("1", headers["x-amz-tagging-count"]);
        Assert.Equal(
            "team=db%20a%26b",
            scene.Server.Calls.Single(call => call.Kind is "PUT" or "POST uploads").Headers["x-amz-tagging"]);
        Assert.Equal("aws:kms", headers["x-amz-server-side-encryption"]);
        Assert.Equal("the-key", headers["x-amz-server-side-encryption-aws-kms-key-id"]);
        Assert.Equal(drops ? 3 : 0, scene.Server.Calls.Count(call => call.Kind is "PUT retention" or "PUT legal-hold" or "PUT tagging"));
        Assert.Empty(scene.Warnings);
    }

    [Fact]
    public async Task Locks_of_runs_are_encrypted_and_nothing_else()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System));
        using S3Storage storage = await scene.OpenAsync(Settings);
        StorageEntry entry = await storage.PutAsync(".midst/locks/a.json", new byte[10], PutMode.CreateNew, CancellationToken.None);
        Assert.Null(entry.LockedUntil);
        Assert.False(entry.HasLegalHold);
        Assert.Equal(
            ["x-amz-meta-midst-upload", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"],
            scene.Server.Objects["p/.midst/locks/a.json"].Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_longer_lock_of_the_bucket_is_left_alone_and_a_shorter_one_made_longer()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System));
        foreach ((int days, int requests) in new[] { (1, 0), (-1, 1) })
        {
            using S3Storage storage = await scene.OpenAsync(FakeScene.Settings with { LockMode = S3LockMode.Governance, LockUntil = Until });
            scene.Server.Fault = call =>
            {
                if (call.Kind == "HEAD" && scene.Server.Objects.TryGetValue(call.Key, out FakeObject? stored) && scene.Server.Calls[^2].Kind == "PUT")
                    stored.Headers["x-amz-object-lock-retain-until-date"] = Until.AddDays(days).ToString("yyyy-MM-ddTHH:mm:ssZ");
                return null;
            };
            await storage.PutAsync($"a{requests}", new byte[10], PutMode.CreateNew, CancellationToken.None);
            Assert.Equal(requests, scene.Server.Calls.Count(call => call.Kind == "PUT retention"));
        }
    }

    [Fact]
    public async Task A_server_that_does_not_confirm_encryption_is_warned_of_once()
    {
        FakeScene scene = Scene(new FakeS3Server(TimeProvider.System));
        using S3Storage storage = await scene.OpenAsync(FakeScene.Settings with { Encryption = S3ServerSideEncryption.Aes256 });
        scene.Server.Fault = call =>
        {
            if (call.Kind == "HEAD" && scene.Server.Objects.TryGetValue(call.Key, out FakeObject? stored))
                stored.Headers.Remove("x-amz-server-side-encryption");
            return null;
        };
        await storage.PutAsync("a", new byte[10], PutMode.CreateNew, CancellationToken.None);
        await storage.PutAsync("b", new byte[10], PutMode.CreateNew, CancellationToken.None);
        Assert.Contains("does not confirm", Assert.Single(scene.Warnings), StringComparison.Ordinal);
    }

    private FakeScene Scene(FakeS3Server server)
    {
        var scene = new FakeScene(server);
        _scenes.Add(scene);
        return scene;
    }
}
