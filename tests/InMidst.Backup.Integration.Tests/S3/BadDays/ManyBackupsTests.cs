using System.Globalization;
using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>A bucket with thousands of backups.</summary>
public sealed class ManyBackupsTests(S3Fixture s3, PostgresFixture postgres)
{
    private const int Count = 5000;
    private const string Database = RestoreSamples.Database;
    private static readonly DateTimeOffset First = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => BadDayScene.Token;

    [Fact]
    public async Task Five_thousand_backups_are_listed_in_few_requests_and_once_read_in_far_fewer()
    {
        await using BadDayScene scene = await BadDayScene.CreateAsync(await s3.ServerAsync());
        RestoreSamples samples = await RestoreSamples.GetAsync(postgres.Server);
        BackupManifest sample = FormatJson.ReadManifest(samples.Manifest(CompressionKind.Gzip), samples.Name(CompressionKind.Gzip));
        string[] ids = [.. Enumerable.Range(0, Count).Select(IdOf)];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
            async (number, _) => await PutAsync(scene, sample, number));

        S3Storage storage = await scene.OpenAsync(clock: TimeProvider.System);
        using var directory = new TemporaryDirectory();
        var cache = new ManifestCache(Path.Combine(directory.Path, "cache"), TimeProvider.System);
        int before = scene.Proxy.Requests.Count;
        Assert.Equal(ids, await ListAsync(storage, cache));
        int first = scene.Proxy.Requests.Count - before;
        Assert.InRange(first, Count, Count + 50);

        // What was read once and is still the same is not read again; what was added is.
        await PutAsync(scene, sample, Count);
        before = scene.Proxy.Requests.Count;
        Assert.Equal([.. ids, IdOf(Count)], await ListAsync(storage, cache));
        Assert.InRange(scene.Proxy.Requests.Count - before, 1, 50);

        // What changed in the bucket is believed, whatever the cache has.
        int length = (await scene.StoredAsync(NameOf(IdOf(7)) + BackupName.ManifestSuffix)).Length;
        await scene.OverwriteAsync(NameOf(IdOf(7)) + BackupName.ManifestSuffix, Encoding.ASCII.GetBytes(new string('{', length)));
        Assert.Equal([.. ids.Where(id => id != IdOf(7)), IdOf(Count)], await ListAsync(storage, cache, "not listed"));
    }

    private static string IdOf(int number) => $"{Database}_{First.AddMinutes(number).ToString("yyyyMMdd'_'HHmmss", CultureInfo.InvariantCulture)}";

    private static async Task<List<string>> ListAsync(S3Storage storage, ManifestCache cache, string expectedWarning = "(none)") =>
        await new Catalog([storage], warning => Assert.Contains(expectedWarning, warning), cache: cache)
            .ListAsync((_, failure) => throw failure, Token).Select(backup => backup.Id).ToListAsync(Token);

    private static string NameOf(string id) => $"{Database}/{id}.sql.gz";

    private static async Task PutAsync(BadDayScene scene, BackupManifest sample, int number)
    {
        string id = IdOf(number);
        byte[] data = Encoding.UTF8.GetBytes(id);
        BackupManifest manifest = sample with
        {
            Id = id,
            Started = First.AddMinutes(number),
            Objects = [new ObjectRecord("data", NameOf(id), data.Length, new string('0', 64))],
        };
        await scene.OverwriteAsync(NameOf(id), data);
        await scene.OverwriteAsync(NameOf(id) + BackupName.ManifestSuffix, FormatJson.Write(manifest));
    }
}
