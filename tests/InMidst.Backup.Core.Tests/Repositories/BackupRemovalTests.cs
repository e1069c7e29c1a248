using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class BackupRemovalTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStorage _memory;
    private readonly FaultyStorage _storage;
    private readonly List<string> _warnings = [];

    public BackupRemovalTests()
    {
        _memory = new MemoryStorage(_clock);
        _storage = new FaultyStorage(_memory);
    }

    [Fact]
    public async Task Nothing_of_a_removed_backup_is_left_and_others_stay()
    {
        BackupRecord other = await new StoredBackup { Id = "app_20250102_030405_2", Globals = [1] }.PutAsync(_storage);
        BackupRecord backup = await PutAsync();
        RemovalResult result = await RemoveAsync(backup);
        Assert.Equal(RemovalStatus.Removed, result.Status);
        Assert.Equal(other.Id, Assert.Single(await StoredBackup.ListAsync(_storage)).Id);
        Assert.Equal(
            [BackupName.Globals(other.Data.Name), other.Data.Name, other.Data.Name + ".manifest.json"],
            (await NamesAsync()).Order(StringComparer.Ordinal));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task The_manifest_goes_first_and_the_beginning_of_the_data_last()
    {
        BackupRecord backup = await PutAsync();
        string name = backup.Data.Name;
        Assert.Equal(
            [name + ".manifest.json", name + ".verification.json", name + ".annotations.json", BackupName.Globals(name), name + ".002", name + ".001", name],
            (await RemoveAsync(backup)).Removed);
    }

    [Fact]
    public async Task A_dump_whose_name_only_begins_alike_stays()
    {
        BackupRecord backup = await new StoredBackup { Name = "x.sql" }.PutAsync(_storage);
        await new StoredBackup { Id = "other", Name = "x.sql.gz" }.PutAsync(_storage);
        await RemoveAsync(backup);
        Assert.Equal(["x.sql.gz", "x.sql.gz.manifest.json"], (await NamesAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_a_dump_of_another_tool_the_file_is_removed()
    {
        await _storage.InitializeAsync(default);
        await _storage.PutAsync("Before.Migration.sql", "SELECT 1;"u8.ToArray(), PutMode.CreateNew, default);
        await _storage.PutAsync("Before.Migration.globals.sql", "SELECT 1;"u8.ToArray(), PutMode.CreateNew, default);
        RemovalResult result = await RemoveAsync(Assert.Single(await StoredBackup.ListAsync(_storage)));
        Assert.Equal(["Before.Migration.sql"], result.Removed);
        Assert.Equal(["Before.Migration.globals.sql"], await NamesAsync());
    }

    [Fact]
    public async Task What_the_storage_keeps_is_reported_as_locked_and_nothing_is_removed()
    {
        BackupRecord backup = await PutAsync();
        int count = (await NamesAsync()).Count;
        DateTimeOffset until = _clock.GetUtcNow().AddDays(3);
        var locked = new LockedStorage(_storage, name => name.EndsWith(".001", StringComparison.Ordinal) ? until : name.Contains("globals", StringComparison.Ordinal) ? until.AddDays(-1) : null, hold: null);
        RemovalResult result = await RemoveAsync(backup with { Storage = locked });
        Assert.Equal(RemovalStatus.Locked, result.Status);
        Assert.Equal(until, result.LockedUntil);
        Assert.False(result.HasLegalHold);
        Assert.Empty(result.Removed);
        Assert.Equal(count, (await NamesAsync()).Count);

        _clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(RemovalStatus.Removed, (await RemoveAsync(backup with { Storage = locked })).Status);
    }

    [Fact]
    public async Task A_legal_hold_has_no_end()
    {
        BackupRecord backup = await PutAsync();
        RemovalResult result = await RemoveAsync(backup with { Storage = new LockedStorage(_storage, _ => null, hold: backup.Data.Name) });
        Assert.Equal(RemovalStatus.Locked, result.Status);
        Assert.Null(result.LockedUntil);
        Assert.True(result.HasLegalHold);
    }

    [Fact]
    public async Task The_pointer_goes_back_to_the_newest_that_remains()
    {
        BackupRecord first = await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_storage);
        BackupRecord second = await new StoredBackup { Id = "app_20250102_000000", Name = "app_20250102_000000.sql.zst" }.PutAsync(_storage);
        await _storage.SetPointerAsync("app_latest.sql.zst", second.Data.Name, default);
        await RemoveAsync(second);
        Assert.Equal([KeyValuePair.Create("app_latest.sql.gz", first.Data.Name)], _memory.Pointers);
        await RemoveAsync(first);
        Assert.Empty(_memory.Pointers);
    }

    [Fact]
    public async Task While_the_series_is_being_written_nothing_is_removed()
    {
        BackupRecord backup = await PutAsync();
        await using (await RepositoryLock.AcquireAsync(_storage, LockKeys.Series(backup.Manifest!.Series), "backup", _clock, null, default))
        {
            var e = await Assert.ThrowsAsync<BackupException>(() => RemoveAsync(backup));
            Assert.Equal(ErrorIds.BackupInProgress, e.Id);
        }

        Assert.Single(await StoredBackup.ListAsync(_storage));
    }

    [Fact]
    public async Task A_manifest_that_may_not_be_removed_keeps_the_backup()
    {
        BackupRecord backup = await PutAsync();
        Deny(name => name.EndsWith(".manifest.json", StringComparison.Ordinal));
        var e = await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        Assert.Equal(ErrorIds.RepositoryAccessDenied, e.Id);
        Assert.Contains("Nothing", e.Message);
        Assert.Equal(7, (await NamesAsync()).Count);
    }

    [Fact]
    public async Task Data_that_may_not_be_removed_are_named_and_all_else_goes()
    {
        BackupRecord backup = await PutAsync();
        Deny(name => name == backup.Data.Name + ".001");
        var e = await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        Assert.Contains(backup.Data.Name + ".001 could not be removed", e.Message);
        Assert.Equal([backup.Data.Name + ".001", backup.Data.Name + ".removed.json"], await NamesAsync());
        Assert.Empty(await StoredBackup.ListAsync(_storage));

        _storage.Fault = null;
        Assert.Equal([backup.Data.Name + ".001"], (await RemoveAsync(backup)).Removed);
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task A_manifest_of_which_nobody_knows_whether_it_went_is_not_said_to_stand()
    {
        BackupRecord backup = await PutAsync();
        bool reached = false;
        _storage.Fault = new StorageFault(call => reached |= call.Operation == StorageOperation.Delete && call.Name.EndsWith(".manifest.json", StringComparison.Ordinal), FaultMoment.After);
        var e = await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        Assert.Contains("not known", e.Message);
        _storage.Fault = null;
        Assert.Empty(await StoredBackup.ListAsync(_storage));
        Assert.Contains(backup.Data.Name + ".removed.json", await NamesAsync());
        await RemoveAsync(backup);
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task Where_the_record_of_the_removal_cannot_be_written_nothing_is_removed()
    {
        BackupRecord backup = await PutAsync();
        _storage.Fault = StorageFault.On(name => name.EndsWith(".removed.json", StringComparison.Ordinal));
        var e = await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        Assert.Contains("Nothing", e.Message);
        Assert.Equal(7, (await NamesAsync()).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_could_not_be_removed_is_not_taken_for_a_backup_whose_manifest_was_lost(bool parts)
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        BackupRecord backup = Assert.Single(await StoredBackup.ListAsync(_storage));
        await _storage.PutAsync(BackupName.Globals(dump.Name), new byte[] { 1 }, PutMode.CreateNew, default);
        if (parts)
            await _storage.PutAsync(dump.Name + ".001", new byte[] { 1 }, PutMode.CreateNew, default);
        Deny(name => name == dump.Name);
        await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        _storage.Fault = null;
        Assert.Empty(await StoredBackup.ListAsync(_storage, _warnings.Add));
        Assert.Contains("was removed", Assert.Single(_warnings));

        // By its name it can be removed again, and read by whoever has changed his mind.
        BackupRecord left = await StoredBackup.OpenAsync(_storage, dump.Name);
        Assert.Equal(backup.Manifest!.Index, left.Manifest!.Index);
        Assert.Contains("removed", left.ManifestProblem);
        var repair = new RepositoryRepair(_storage, _clock, Warn, RepositoryRepair.DefaultMinimumAge);
        RepairFinding finding = Assert.Single(await repair.FindAsync(default).ToListAsync());
        Assert.Equal((dump.Name, RepairKind.DataWithoutManifest, RepairAction.Remove), (finding.Name, finding.Kind, finding.Action));
        Assert.True(await repair.RepairAsync(finding, default));
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task A_record_that_the_bucket_locks_because_it_is_new_locks_nothing_else()
    {
        BackupRecord backup = await PutAsync();
        backup = backup with { Storage = new LockedStorage(_storage, name => name.EndsWith(".removed.json", StringComparison.Ordinal) ? _clock.GetUtcNow().AddDays(30) : null, hold: null) };
        Deny(name => name == backup.Data.Name);
        await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        _storage.Fault = null;
        Assert.Equal(RemovalStatus.Removed, (await RemoveAsync(backup)).Status);
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task A_backup_whose_removal_died_before_its_manifest_went_is_whole_and_the_record_goes()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        BackupRecord backup = Assert.Single(await StoredBackup.ListAsync(_storage));
        foreach (bool byRepair in (bool[])[true, false])
        {
            bool dead = false;
            _storage.Fault = new StorageFault(call => dead |= call.Operation == StorageOperation.Delete && call.Name == dump.ManifestName);
            await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
            _storage.Fault = null;
            Assert.Equal([dump.Name, dump.ManifestName, dump.Name + ".removed.json"], await NamesAsync());
            if (byRepair)
            {
                var repair = new RepositoryRepair(_storage, _clock, Warn, RepositoryRepair.DefaultMinimumAge);
                RepairFinding finding = Assert.Single(await repair.FindAsync(default).ToListAsync(), f => f.Kind != RepairKind.StaleLock);
                Assert.Equal(dump.Name + ".removed.json", finding.Name);
                Assert.True(await repair.RepairAsync(finding, default));
                Assert.False(await repair.RepairAsync(finding, default));
            }
            else
            {
                await TakeOverAsync(backup);
            }

            Assert.Equal(backup.Id, Assert.Single(await StoredBackup.ListAsync(_storage)).Id);
            Assert.Equal([dump.Name, dump.ManifestName], await NamesAsync());
        }
    }

    [Theory]
    [InlineData(FaultMoment.Before, false)]
    [InlineData(FaultMoment.After, false)]
    [InlineData(FaultMoment.Before, true)]
    [InlineData(FaultMoment.After, true)]
    public async Task A_fault_at_any_call_leaves_a_whole_backup_or_none_and_the_next_run_succeeds(FaultMoment moment, bool killed)
    {
        BackupRecord backup = await PutAsync();
        _storage.ForgetCalls();
        await RemoveAsync(backup);
        int calls = _storage.Calls.Count;
        Assert.InRange(calls, 20, 200);
        for (int k = 1; k <= calls; k++)
        {
            backup = await PutAsync();
            _storage.ForgetCalls();
            _storage.Fault = killed ? StorageFault.KillAt(k, moment) : StorageFault.At(k, moment);
            await Record.ExceptionAsync(() => RemoveAsync(backup));
            _storage.Fault = null;
            List<BackupRecord> listed = await StoredBackup.ListAsync(_memory);
            if (listed.Count > 0)
                Assert.Equal(await StoredBackup.ReadDataAsync(backup), StoredBackup.Bytes(250));
            await RemoveAsync(backup);
            Assert.Empty(await NamesAsync());
        }
    }

    [Fact]
    public async Task What_a_killed_removal_left_is_removed_by_the_next_backup_of_the_series()
    {
        BackupRecord backup = await PutAsync();
        bool dead = false;
        _storage.Fault = new StorageFault(call => dead |= call.Operation == StorageOperation.Delete && call.Name == BackupName.Globals(backup.Data.Name));
        await Assert.ThrowsAsync<StorageException>(() => RemoveAsync(backup));
        _storage.Fault = null;
        Assert.NotEmpty(await NamesAsync());

        await TakeOverAsync(backup);
        Assert.Empty(await NamesAsync());
    }

    private async Task TakeOverAsync(BackupRecord backup)
    {
        string key = LockKeys.Series(backup.Manifest!.Series);
        await using RepositoryLock held = await RepositoryLock.AcquireAsync(_storage, key, "backup", _clock, null, default);
        await new Leftovers(_storage, "app", _clock, Warn).RemoveAsync(held, key, default);
    }

    private async Task<BackupRecord> PutAsync()
    {
        BackupRecord backup = await new StoredBackup { Data = StoredBackup.Bytes(250), PartLength = 100, Globals = [1, 2, 3] }.PutAsync(_storage);
        await new BackupRepository(_storage, _warnings.Add).WriteProofAsync(backup.Data.Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        await _storage.PutAsync(backup.Data.Name + ".annotations.json", "{}"u8.ToArray(), PutMode.Replace, default);
        return backup;
    }

    private Task<RemovalResult> RemoveAsync(BackupRecord backup) => new BackupRemoval(_clock, Warn).RunAsync(backup, default);

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }

    private void Deny(Func<string, bool> name) => _storage.Fault = new StorageFault(
        call => call.Operation == StorageOperation.Delete && name(call.Name), FaultMoment.Before,
        call => new StorageException(ErrorIds.RepositoryAccessDenied, $"{call.Name} may not be removed.", isPermanent: true, target: call.Name));

    private async Task<List<string>> NamesAsync() =>
        await _memory.ListAsync("", default).Select(e => e.Name).Where(n => !n.StartsWith(".midst/", StringComparison.Ordinal)).ToListAsync();

    private sealed class LockedStorage(IStorage inner, Func<string, DateTimeOffset?> until, string? hold) : DelegatingStorage(inner)
    {
        public override async Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
            await base.FindAsync(name, cancellationToken) is { } entry ? entry with { LockedUntil = until(name), HasLegalHold = name == hold } : null;
    }
}
