using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>A bucket that may not hold more.</summary>
public sealed class QuotaTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    private const long Quota = 2_000_000;

    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync()
    {
        _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());
        await _scene.Server.SetQuotaAsync(_scene.Bucket, Quota);
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Theory]
    [InlineData((int)Quota + 100_000)]
    [InlineData((3 * S3Settings.SmallestPartLength) + 1)]
    public async Task An_object_that_does_not_fit_is_refused_at_once_and_leaves_nothing(int length)
    {
        S3Storage storage = await _scene.OpenAsync();
        StorageException full = await _scene.FailsAsync(
            ErrorIds.RepositoryFull, () => storage.PutAsync("large", new byte[length], PutMode.CreateNew, Token));
        Assert.Contains(_scene.Bucket, full.Message);
        Assert.Empty(_scene.Warnings);
        await _scene.HoldsExactlyAsync();

        await storage.PutAsync("small", new byte[1000], PutMode.CreateNew, Token);
        await _scene.HoldsExactlyAsync("small");
    }

    [Fact]
    public async Task A_backup_that_does_not_fit_fails_and_one_that_does_is_made_after_it()
    {
        S3Storage storage = await _scene.OpenAsync(clock: TimeProvider.System);
        using BackupScene large = await BackupScene.CreateAsync(
            postgres.Server, "CREATE TABLE t AS SELECT md5(i::text) || md5((i * 7)::text) AS a FROM generate_series(1, 100000) i");
        BackupException full = await large.FailsAsync(ErrorIds.RepositoryFull, storage: storage);
        Assert.DoesNotContain(_scene.Settings.SecretKey!, full.ToString());
        await _scene.HoldsExactlyAsync();
        await large.NobodyIsLeftAsync();

        using BackupScene small = await BackupScene.CreateAsync(postgres.Server);
        await small.RunAsync(storage: storage);
        Assert.Single(await BackupScene.ListWholeAsync(storage));
    }
}
