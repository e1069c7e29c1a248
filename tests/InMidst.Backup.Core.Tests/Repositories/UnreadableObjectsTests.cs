using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>A repository that several use: one object that we may not read, or that is damaged, hides nobody's backups.</summary>
public sealed class UnreadableObjectsTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FaultyStorage _storage;
    private readonly List<string> _warnings = [];

    public UnreadableObjectsTests() => _storage = new FaultyStorage(new MemoryStorage(_clock));

    [Fact]
    public async Task A_backup_whose_manifest_we_may_not_read_is_told_and_the_others_are_listed()
    {
        BackupRecord ours = await new StoredBackup { Id = "a_20250101_000000", Database = "a" }.PutAsync(_storage);
        BackupRecord others = await new StoredBackup { Id = "b_20250101_000000", Database = "b" }.PutAsync(_storage);
        Deny(others.Data.Name + BackupName.ManifestSuffix);
        Assert.Equal([ours.Id], await ListAsync());
        Assert.Contains(others.Data.Name, Assert.Single(_warnings));
    }

    [Fact]
    public async Task Where_no_manifest_may_be_read_that_is_the_failure()
    {
        await new StoredBackup { Id = "a_20250101_000000", Database = "a" }.PutAsync(_storage);
        await new StoredBackup { Id = "b_20250101_000000", Database = "b" }.PutAsync(_storage);
        Deny(BackupName.ManifestSuffix);
        Assert.Equal(ErrorIds.RepositoryAccessDenied, (await Assert.ThrowsAsync<StorageException>(ListAsync)).Id);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task The_newest_backup_is_not_taken_for_absent_because_we_may_not_read_it()
    {
        await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_storage);
        BackupRecord newest = await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(_storage);
        Deny(newest.Data.Name + BackupName.ManifestSuffix);
        var repository = new BackupRepository(_storage, _warnings.Add);
        Assert.Equal(ErrorIds.RepositoryAccessDenied, (await Assert.ThrowsAsync<StorageException>(() => repository.FindNewestAsync("app", default))).Id);
    }

    [Fact]
    public async Task A_proof_that_we_may_not_read_is_as_good_as_none()
    {
        BackupRecord backup = await new StoredBackup().PutAsync(_storage);
        await new BackupRepository(_storage, _warnings.Add).WriteProofAsync(backup.Data.Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        Deny(BackupName.ProofSuffix);
        Assert.Equal([backup.Id], await ListAsync());
        Assert.Null((await StoredBackup.OpenAsync(_storage, backup.Data.Name)).Proof);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_damaged_dump_that_was_given_another_name_is_told_and_the_others_are_listed()
    {
        BackupRecord whole = await new StoredBackup { Id = "a_20250101_000000", Database = "a" }.PutAsync(_storage);
        BackupRecord moved = await new StoredBackup { Id = "b_20250101_000000", Database = "b" }.PutAsync(_storage);
        byte[] manifest = await _storage.ReadAllBytesAsync(moved.Data.Name + BackupName.ManifestSuffix, 100_000, default);
        await _storage.PutAsync("kept.sql.gz.age", new byte[moved.Length], PutMode.CreateNew, default);
        await _storage.PutAsync("kept.sql.gz.age" + BackupName.ManifestSuffix, manifest, PutMode.CreateNew, default);
        Assert.Equal([whole.Id, moved.Id], await ListAsync());
        Assert.Contains("kept.sql.gz.age is damaged", Assert.Single(_warnings));

        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(("kept.sql.gz.age", RepairKind.DamagedBackup, RepairAction.None), (finding.Name, finding.Kind, finding.Action));
    }

    [Theory]
    [InlineData("")]
    [InlineData(BackupName.ManifestSuffix)]
    public async Task A_repair_goes_by_what_it_may_not_read(string suffix)
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        const string Others = "b_20250101_000000.sql.gz";
        await _storage.PutAsync(Others, StoredBackup.Bytes(100), PutMode.CreateNew, default);
        if (suffix.Length > 0)
            await _storage.PutAsync(Others + suffix, "{}"u8.ToArray(), PutMode.CreateNew, default);
        Deny(Others + suffix);
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal([dump.Name], (await FindAsync()).Select(finding => finding.Name));
        Assert.Contains(Others, Assert.Single(_warnings));
    }

    [Fact]
    public async Task A_lock_that_we_may_not_read_counts_as_held_until_it_is_old()
    {
        await _storage.InitializeAsync(default);
        await _storage.PutAsync(".midst/locks/app.LOCK.0.json", "{}"u8.ToArray(), PutMode.CreateNew, default);
        Deny(".LOCK.0.json");
        BackupException refused = await Assert.ThrowsAsync<BackupException>(AcquireAsync);
        Assert.Equal(ErrorIds.BackupInProgress, refused.Id);
        Assert.Empty(await FindAsync());
        _clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal([RepairKind.StaleLock], (await FindAsync()).Select(finding => finding.Kind));
        await (await AcquireAsync()).DisposeAsync();
    }

    private Task<RepositoryLock> AcquireAsync() => RepositoryLock.AcquireAsync(_storage, "app", "a test", _clock, Warn, default);

    private async Task<List<string>> ListAsync() => [.. (await StoredBackup.ListAsync(_storage, _warnings.Add)).Select(backup => backup.Id)];

    private async Task<List<RepairFinding>> FindAsync() =>
        await new RepositoryRepair(_storage, _clock, Warn, RepositoryRepair.DefaultMinimumAge).FindAsync(default).ToListAsync();

    private void Deny(string ending) => _storage.Fault = new StorageFault(
        call => call.Operation == StorageOperation.OpenRead && call.Name.EndsWith(ending, StringComparison.Ordinal), FaultMoment.Before,
        call => new StorageException(ErrorIds.RepositoryAccessDenied, $"{call.Name} may not be read.", isPermanent: true, target: call.Name));

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }
}
