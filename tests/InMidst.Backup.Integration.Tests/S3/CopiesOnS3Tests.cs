using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>Catalog, copies, removal and repair where a real server is one side or both.</summary>
public sealed class CopiesOnS3Tests : IDisposable
{
    private readonly S3Fixture _fixture;
    private readonly S3Scene _scene;
    private readonly string _root = Directory.CreateTempSubdirectory("midst-copies-").FullName;
    private readonly DiskStorage _disk;
    private readonly List<string> _warnings = [];

    public CopiesOnS3Tests(S3Fixture fixture)
    {
        _fixture = fixture;
        _scene = new S3Scene(fixture);
        _disk = new DiskStorage(Path.Combine(_root, "backups"));
    }

    private static CancellationToken None => CancellationToken.None;

    public void Dispose()
    {
        _scene.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_backup_goes_from_disk_to_S3_to_another_bucket_and_back()
    {
        byte[] data = await AnyBackup.PutAsync(_disk, 12_000_000);
        BackupRecord first = Assert.Single(await ListAsync(_disk));
        S3Storage here = await _scene.OpenAsync(settings: await _scene.SettingsAsync() with { MaximumParts = 2 });
        BackupRecord second = await CopyAsync(first, here);
        Assert.Equal([10 << 20, data.Length - (10 << 20)], second.DataObjects.Select(o => o.Length));
        S3Storage there = await _scene.OpenAsync();
        BackupRecord third = await CopyAsync(second, there);
        Assert.Single(third.DataObjects);

        var failed = new List<IStorage>();
        CatalogBackup backup = Assert.Single(await new Catalog([there, here, _disk], _warnings.Add)
            .ListAsync((storage, _) => failed.Add(storage), None).ToListAsync());
        Assert.Equal([_disk, there, here], backup.Copies.Select(c => c.Storage));

        var back = new DiskStorage(Path.Combine(_root, "back"));
        await CopyAsync(second, back);
        Assert.Equal(data, await File.ReadAllBytesAsync(Path.Combine(_root, "back", AnyBackup.Id + ".sql.gz")));
        Assert.Equal(FormatJson.Write(first.Manifest!), await File.ReadAllBytesAsync(Path.Combine(_root, "back", AnyBackup.Id + ".sql.gz.manifest.json")));
        Assert.Empty(failed);
        Assert.Empty(_warnings);
        Assert.Empty(_scene.Warnings);
    }

    [Fact]
    public async Task What_a_killed_copy_left_is_no_backup_and_is_repaired_or_resumed()
    {
        byte[] data = await AnyBackup.PutAsync(_disk, 22_000_000);
        BackupRecord backup = Assert.Single(await ListAsync(_disk));
        S3Storage bucket = await _scene.OpenAsync(settings: await _scene.SettingsAsync() with { MaximumParts = 2 });
        var dying = new FaultyStorage(bucket);
        int writes = 0;
        dying.Fault = new StorageFault(c => (c.Name.EndsWith(".001", StringComparison.Ordinal) && c.Operation == StorageOperation.Write && ++writes > 7) || writes > 7)
        {
            LeavesUploadsBehind = true,
        };
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup, dying));
        Assert.Empty(await ListAsync(bucket));
        var repair = new RepositoryRepair(bucket, TimeProvider.System, _warnings.Add, TimeSpan.Zero);
        List<RepairFinding> findings = await repair.FindAsync(None).ToListAsync();
        Assert.Equal([RepairKind.StaleLock, RepairKind.StaleLock, RepairKind.UnfinishedUpload, RepairKind.DataWithoutManifest], findings.Select(f => f.Kind));
        Assert.True(await repair.RepairAsync(findings[2], None));
        Assert.Empty(await bucket.ListUnfinishedUploadsAsync("", None).ToListAsync());

        BackupRecord copy = await CopyAsync(backup, bucket);
        Assert.Equal(3, copy.DataObjects.Count);
        Assert.Equal(backup.Manifest!.DataSha256, copy.Manifest!.Sha256);
        Assert.Equal(data.Length, copy.Length);
        Assert.Empty(await repair.FindAsync(None).ToListAsync());
        Assert.All(_warnings, warning => Assert.Matches("could not be removed|^10,485,760 bytes .* the same command goes on", warning));
    }

    [Fact]
    public async Task Locked_objects_are_reported_and_all_stays()
    {
        await AnyBackup.PutAsync(_disk, 100_000);
        BackupRecord backup = Assert.Single(await ListAsync(_disk));
        string bucket = await _fixture.NewBucketAsync(objectLock: true);
        DateTimeOffset until = DateTimeOffset.UtcNow.AddDays(1);
        S3Storage locking = await _scene.OpenAsync(new S3Location(bucket, "b"), await _scene.SettingsAsync() with { LockMode = S3LockMode.Governance, LockUntil = until });
        BackupRecord copy = await CopyAsync(backup, locking);
        RemovalResult result = await new BackupRemoval(TimeProvider.System, _warnings.Add).RunAsync(copy, None);
        Assert.Equal(RemovalStatus.Locked, result.Status);
        Assert.Equal(until, result.LockedUntil!.Value, TimeSpan.FromSeconds(2));
        Assert.Single(await ListAsync(locking));

        S3Storage free = await _scene.OpenAsync();
        BackupRecord other = await CopyAsync(copy, free);
        Assert.Equal(RemovalStatus.Removed, (await new BackupRemoval(TimeProvider.System, _warnings.Add).RunAsync(other, None)).Status);
        Assert.Empty(await free.ListAsync("", None).ToListAsync());
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_cache_spares_reading_manifests_of_a_bucket_again()
    {
        await AnyBackup.PutAsync(_disk, 1000);
        S3Storage bucket = await _scene.OpenAsync();
        await CopyAsync(Assert.Single(await ListAsync(_disk)), bucket);
        var counting = new FaultyStorage(bucket);
        var cache = new ManifestCache(Path.Combine(_root, "cache"), TimeProvider.System);
        for (int i = 0; i < 2; i++)
            Assert.Single(await new BackupRepository(counting, _warnings.Add, cache: cache).ListAsync(None).ToListAsync());
        Assert.Single(counting.Calls, c => c.Operation == StorageOperation.OpenRead);
        await bucket.PutAsync($"app/{AnyBackup.Id}.sql.gz.manifest.json", "{}"u8.ToArray(), PutMode.Replace, None);
        Assert.Empty(await new BackupRepository(counting, _warnings.Add, cache: cache).ListAsync(None).ToListAsync());
    }

    private static async Task<List<BackupRecord>> ListAsync(IStorage storage) =>
        await new BackupRepository(storage, static _ => { }).ListAsync(None).ToListAsync();

    private Task<BackupRecord> CopyAsync(BackupRecord backup, IStorage target) =>
        new BackupCopying(target, TimeProvider.System, Warn).RunAsync([backup], new Progress<OperationProgress>(), None);

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }
}
