using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>Objects whose keys nobody expected: others share the bucket.</summary>
public sealed class OddKeyTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public static TheoryData<string> Keys { get; } =
    [
        "of others/née/日本.sql.gz", "a b+c&d=e?f#g%41.sql.gz", "double//slash.sql.gz", "trailing /blank .sql.gz", "'quo\"ted'.sql.gz", "new\nline.sql.gz",
        "../up.sql.gz", "./here.sql.gz", "~$!*(),;:@[]{}|\\^`<>.sql.gz", "😀.sql.gz",
    ];

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_dump_under_any_key_is_restored_as_a_single_object(string key)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(postgres.Server);
        await _scene.Server.PutObjectAsync(_scene.Bucket, key, samples.Data(CompressionKind.Gzip));
        using S3ObjectStorage storage = await S3Storage.OpenObjectAsync(
            new S3Location(_scene.Bucket, key), _scene.Settings, TimeProvider.System, _scene.Warnings.Enqueue, Token);
        Assert.Equal(samples.Data(CompressionKind.Gzip), await storage.ReadAllBytesAsync(storage.Name, 10_000_000, Token));
        BackupRecord backup = await new BackupRepository(storage, _scene.Warnings.Enqueue).OpenAsync(storage.Name, Token);
        Assert.Equal(RestoreSamples.Database, backup.Database);
        var scene = new RestoreScene(postgres.Server);
        string target = RestoreScene.NewName("odd_key");
        Assert.Equal(10000, (await scene.RestoreAsync(backup, target)).Rows);
        await scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Fact]
    public async Task A_repository_among_odd_keys_lists_its_own_names_and_touches_no_other()
    {
        S3Storage storage = await _scene.OpenAsync();
        await storage.PutAsync("app/a_20250101_000000.sql", "x"u8.ToArray(), PutMode.CreateNew, Token);
        string[] odd = [.. Keys.Select(key => "backups/" + key.Data), "backups", "backups-of-others/app/b.sql", "other", "backups/app/"];
        foreach (string key in odd)
            await _scene.Server.PutObjectAsync(_scene.Bucket, key, Encoding.UTF8.GetBytes(key));

        Assert.Equal(["app/a_20250101_000000.sql"], await storage.ListAsync("", Token).Select(entry => entry.Name).ToListAsync(Token));
        Assert.Equal(["app/a_20250101_000000.sql"], await storage.ListAsync("app/", Token).Select(entry => entry.Name).ToListAsync(Token));
        foreach (string key in Keys.Select(key => key.Data))
        {
            StorageException refused = await _scene.FailsAsync(ErrorIds.InvalidArgument, () => storage.DeleteAsync(key, Token));
            Assert.DoesNotContain("backups/backups", refused.Message);
        }

        await storage.DeleteAsync("app/a_20250101_000000.sql", Token);
        Assert.Equal(odd.Order(StringComparer.Ordinal), (await _scene.Server.ListAsync(_scene.Bucket)).Select(entry => entry.Key).Order(StringComparer.Ordinal));
    }
}
