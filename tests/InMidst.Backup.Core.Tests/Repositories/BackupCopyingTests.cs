using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class BackupCopyingTests
{
    private const string Name = "app_20250102_030405.sql.gz";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStorage _source;
    private readonly MemoryStorage _memory;
    private readonly FaultyStorage _target;
    private readonly List<string> _warnings = [];

    public BackupCopyingTests()
    {
        _source = new MemoryStorage(_clock);
        _memory = new MemoryStorage(_clock, groupsByDatabase: true);
        _target = new FaultyStorage(_memory);
    }

    [Fact]
    public async Task A_copy_has_the_bytes_the_globals_and_the_proof_under_the_targets_names()
    {
        byte[] data = StoredBackup.Bytes(5_000_000);
        BackupRecord backup = await PutAsync(new StoredBackup { Data = data, Globals = [1, 2, 3] });
        await new BackupRepository(_source, _warnings.Add).WriteProofAsync(Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        BackupRecord copy = await CopyAsync(await StoredBackup.OpenAsync(_source, Name));

        Assert.Equal("app/" + Name, copy.Data.Name);
        Assert.Same(_target, copy.Storage);
        BackupRecord listed = Assert.Single(await StoredBackup.ListAsync(_target, _warnings.Add));
        Assert.Equal(data, await StoredBackup.ReadDataAsync(listed));
        Assert.Equal([1, 2, 3], await _target.ReadAllBytesAsync("app/app_20250102_030405.globals.sql.gz", 10, default));
        Assert.Equal("Passed", listed.Proof?.Verdict);
        Assert.Equal(["app/" + Name, "app/app_20250102_030405.globals.sql.gz"], listed.Manifest!.Objects.Select(o => o.Name));
        Assert.Equal(backup.Manifest!.Index, listed.Manifest.Index);
        Assert.Empty(_warnings);
        Assert.Empty(await _target.ListAsync(".midst/", default).ToListAsync());
    }

    [Theory]
    [InlineData(3_000_000, int.MaxValue, 1_000_000, new[] { 1_000_000, 1_000_000, 1_000_000 })]
    [InlineData(3_000_000, 2_000_000, 1_200_000, new[] { 1_200_000, 1_200_000, 600_000 })]
    [InlineData(3_000_000, 700_000, 1_500_000, new[] { 700_000, 700_000, 700_000, 700_000, 200_000 })]
    [InlineData(3_000_000, 700_000, 3_000_000, new[] { 3_000_000 })]
    [InlineData(3_000_000, 700_000, null, new[] { 3_000_000 })]
    [InlineData(2_500, 1_000, 999, new[] { 999, 999, 502 })]
    public async Task Parts_are_divided_and_joined_as_the_target_needs_them(int length, int sourcePart, int? maximum, int[] parts)
    {
        byte[] data = StoredBackup.Bytes(length);
        BackupRecord backup = await PutAsync(new StoredBackup { Data = data, PartLength = sourcePart });
        await new BackupRepository(_source, _warnings.Add).WriteProofAsync(Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        BackupRecord copy = await CopyAsync(await StoredBackup.OpenAsync(_source, Name), Limited(maximum));
        Assert.Equal(parts, copy.DataObjects.Select(o => (int)o.Length));
        BackupRecord listed = Assert.Single(await StoredBackup.ListAsync(_target, _warnings.Add));
        Assert.Equal(data, await StoredBackup.ReadDataAsync(listed));
        Assert.Equal(length, listed.Length);
        Assert.NotNull(listed.Proof);
        for (int i = 0; i < parts.Length; i++)
            Assert.Equal(StoredBackup.Hash(await _target.ReadAllBytesAsync(BackupName.Part(listed.Data.Name, i), int.MaxValue - 1, default)), listed.DataObjects[i].Sha256);

        // And back: the same backup as it was.
        var back = new MemoryStorage(_clock);
        BackupRecord second = await CopyAsync(listed, new ShapedStorage(back, p => p with { MaximumObjectLength = sourcePart }));
        Assert.Equal(data, await StoredBackup.ReadDataAsync(second));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task What_is_there_already_is_not_copied_again()
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(1000) });
        await CopyAsync(backup);
        _target.ForgetCalls();
        BackupRecord again = await CopyAsync(backup);
        Assert.Equal("app/" + Name, again.Data.Name);
        Assert.DoesNotContain(_target.Calls, c => c.Operation == StorageOperation.BeginPut && !c.Name.StartsWith(".midst/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_removal_left_does_not_say_of_a_new_copy_that_it_is_to_go()
    {
        byte[] data = StoredBackup.Bytes(1000);
        BackupRecord backup = await PutAsync(new StoredBackup { Data = data });
        await _target.InitializeAsync(default);
        await _target.PutAsync("app/" + Name, data, PutMode.CreateNew, default);
        byte[] manifest = await _source.ReadAllBytesAsync(Name + BackupName.ManifestSuffix, 100_000, default);
        await _target.PutAsync("app/" + Name + BackupName.RemovalSuffix, manifest, PutMode.CreateNew, default);
        await CopyAsync(backup);
        Assert.Null(await _target.FindAsync("app/" + Name + BackupName.RemovalSuffix, default));
        Assert.Equal(data, await StoredBackup.ReadDataAsync(Assert.Single(await StoredBackup.ListAsync(_target, _warnings.Add))));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_proof_made_later_follows()
    {
        BackupRecord backup = await PutAsync(new StoredBackup());
        await CopyAsync(backup);
        await new BackupRepository(_source, _warnings.Add).WriteProofAsync(Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        Assert.NotNull((await CopyAsync(await StoredBackup.OpenAsync(_source, Name))).Proof);
        Assert.NotNull(Assert.Single(await StoredBackup.ListAsync(_target)).Proof);
    }

    [Theory]
    [InlineData("app/app_20250102_030405.sql.gz")]
    [InlineData("app/app_20250102_030405.sql.zst")]
    public async Task Another_backup_of_that_name_is_not_touched(string name)
    {
        BackupRecord other = await new StoredBackup { Name = name, Data = StoredBackup.Bytes(500, seed: 2) }.PutAsync(_target);
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(500, seed: 1) });
        var e = await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup));
        Assert.Equal(ErrorIds.ObjectExists, e.Id);
        Assert.Equal(await StoredBackup.ReadDataAsync(other), await StoredBackup.ReadDataAsync(Assert.Single(await StoredBackup.ListAsync(_target))));
    }

    [Fact]
    public async Task A_whole_dump_that_lost_its_manifest_is_not_touched()
    {
        await SampleDump.WriteAsync(CompressionKind.Gzip, _memory, "app/", withManifest: false);
        BackupRecord backup = await PutAsync(new StoredBackup());
        var e = await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup));
        Assert.Equal(ErrorIds.ObjectExists, e.Id);
        Assert.NotNull(await _memory.FindAsync("app/" + Name, default));
    }

    [Fact]
    public async Task A_backup_that_is_damaged_in_the_target_is_neither_kept_nor_overwritten()
    {
        BackupRecord backup = await PutAsync(new StoredBackup());
        await CopyAsync(backup);
        await _target.PutAsync("app/" + Name, StoredBackup.Bytes(7), PutMode.Replace, default);
        var e = await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup));
        Assert.Equal(ErrorIds.ObjectExists, e.Id);
    }

    [Theory]
    [InlineData(Name + ".001")]
    [InlineData("app_20250102_030405.globals.sql.gz")]
    public async Task A_damaged_copy_is_told_and_the_next_one_is_read(string damaged)
    {
        var stored = new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000, Globals = StoredBackup.Bytes(100) };
        BackupRecord first = await PutAsync(stored);
        BackupRecord second = await stored.PutAsync(new MemoryStorage(_clock));
        await FlipAsync(_source, damaged);
        BackupRecord copy = await CopyAsync([first, second], _target);
        Assert.Equal(StoredBackup.Bytes(3000), await StoredBackup.ReadDataAsync(copy));
        Assert.Contains("memory:", Assert.Single(_warnings));
        Assert.Single(await StoredBackup.ListAsync(_target));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(700)]
    [InlineData(2200)]
    public async Task Where_no_copy_is_whole_nothing_is_left(int? maximum)
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000, Globals = [1] });
        await FlipAsync(_source, Name + ".001");
        var e = await Assert.ThrowsAsync<BackupException>(() => CopyAsync(backup, Limited(maximum)));
        Assert.Equal(ErrorIds.BackupCorrupt, e.Id);
        Assert.Contains(Name + ".001", e.Message);
        Assert.Empty(await _memory.ListAsync("", default).ToListAsync());
        Assert.Equal(0, _memory.UnfinishedUploads);
    }

    [Fact]
    public async Task Two_copies_with_different_damage_make_one_whole_one()
    {
        var stored = new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000 };
        BackupRecord first = await PutAsync(stored);
        BackupRecord second = await stored.PutAsync(new MemoryStorage(_clock));
        await FlipAsync(_source, Name + ".002");
        await FlipAsync(second.Storage, Name);
        BackupRecord copy = await CopyAsync([first, second], Limited(1000));
        Assert.Equal(StoredBackup.Bytes(3000), await StoredBackup.ReadDataAsync(copy));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_reached_is_told_and_the_next_one_is_read()
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(3_000_000) });
        var broken = new FaultyStorage(_source) { Fault = new StorageFault(c => c.Operation == StorageOperation.Read) };
        Assert.Single(await StoredBackup.ListAsync((await CopyAsync([backup with { Storage = broken }, backup], _target)).Storage));
        Assert.Single(_warnings);
        var e = await Assert.ThrowsAsync<BackupException>(() => CopyAsync([backup with { Storage = broken }], new MemoryStorage(_clock)));
        Assert.Equal(ErrorIds.RepositoryUnavailable, e.Id);
    }

    [Fact]
    public async Task Objects_that_are_whole_are_kept_by_the_next_attempt()
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000 });
        IStorage target = Limited(1000);
        _target.Fault = new StorageFault(c => c.Operation == StorageOperation.BeginPut && c.Name.EndsWith(".002", StringComparison.Ordinal));
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup, target));
        Assert.Empty(await StoredBackup.ListAsync(_memory));
        _target.Fault = null;
        _target.ForgetCalls();
        var counted = new FaultyStorage(_source);
        BackupRecord copy = await CopyAsync(backup with { Storage = counted }, target);
        Assert.Equal(StoredBackup.Bytes(3000), await StoredBackup.ReadDataAsync(copy));
        Assert.Equal([Name + ".002"], counted.Calls.Where(c => c.Operation == StorageOperation.OpenRead).Select(c => c.Name));
        Assert.DoesNotContain(_target.Calls, c => c.Operation == StorageOperation.BeginPut && c.Name.EndsWith(".001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Objects_that_a_killed_attempt_completed_are_kept_by_the_next_one()
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000 });
        IStorage target = Limited(1000);
        bool dead = false;
        _target.Fault = new StorageFault(c => dead |= c.Operation == StorageOperation.Complete && c.Name.EndsWith(".002", StringComparison.Ordinal)) { LeavesUploadsBehind = true };
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup, target));
        Assert.Equal(1, _memory.UnfinishedUploads);
        Assert.NotEmpty(await _memory.ListAsync(".midst/locks/", default).ToListAsync());
        _target.Fault = null;
        _target.ForgetCalls();
        BackupRecord copy = await CopyAsync(backup, target);
        Assert.Equal(StoredBackup.Bytes(3000), await StoredBackup.ReadDataAsync(copy));
        Assert.Equal(
            ["app/" + Name + ".002", "app/" + Name + ".manifest.json"],
            _target.Calls.Where(c => c.Operation == StorageOperation.BeginPut && !c.Name.StartsWith(".midst/", StringComparison.Ordinal)).Select(c => c.Name));
        Assert.Equal(0, _memory.UnfinishedUploads);
        Assert.Empty(await _memory.ListAsync(".midst/locks/", default).ToListAsync());
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(700)]
    public async Task Objects_an_attempt_left_that_are_not_right_are_written_again(int maximum)
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000 });
        IStorage target = Limited(maximum);
        await _target.InitializeAsync(default);
        string name = "app/" + Name;
        await _target.PutAsync(name, StoredBackup.Bytes(3000).AsMemory(0, maximum), PutMode.CreateNew, default);
        await _target.PutAsync(name + ".001", StoredBackup.Bytes(maximum, seed: 3), PutMode.CreateNew, default);
        await _target.PutAsync(name + ".002", new byte[3], PutMode.CreateNew, default);
        await _target.PutAsync(name + ".009", new byte[3], PutMode.CreateNew, default);
        BackupRecord copy = await CopyAsync(backup, target);
        Assert.Equal(StoredBackup.Bytes(3000), await StoredBackup.ReadDataAsync(copy));
        Assert.Null(await _target.FindAsync(name + ".009", default));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_copy_made_while_the_series_is_being_written_is_refused()
    {
        BackupRecord backup = await PutAsync(new StoredBackup());
        await _target.InitializeAsync(default);
        await using (await RepositoryLock.AcquireAsync(_target, LockKeys.Series(backup.Manifest!.Series), "backup", _clock, null, default))
            Assert.Equal(ErrorIds.BackupInProgress, (await Assert.ThrowsAsync<BackupException>(() => CopyAsync(backup))).Id);
        await using (await RepositoryLock.AcquireAsync(_target, LockKeys.Name(backup.Id), "backup", _clock, null, default))
            Assert.Equal(ErrorIds.BackupInProgress, (await Assert.ThrowsAsync<BackupException>(() => CopyAsync(backup))).Id);
        Assert.Empty(await StoredBackup.ListAsync(_target));
    }

    [Fact]
    public async Task The_pointer_is_set_when_the_copy_is_the_newest()
    {
        var disk = new MemoryStorage(_clock);
        BackupRecord newer = await PutAsync(new StoredBackup { Id = "app_20250202_000000" });
        BackupRecord older = await PutAsync(new StoredBackup { Id = "app_20250102_000000" });
        await CopyAsync(older, disk);
        Assert.Equal(older.Data.Name, disk.Pointers["app_latest.sql.gz"]);
        await CopyAsync(newer, disk);
        Assert.Equal(newer.Data.Name, disk.Pointers["app_latest.sql.gz"]);
        await StoredBackupRemoveAsync(disk, older.Data.Name);
        await CopyAsync(older, disk);
        Assert.Equal(newer.Data.Name, disk.Pointers["app_latest.sql.gz"]);
    }

    [Fact]
    public async Task A_backup_without_a_manifest_of_its_own_is_not_copied()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _source, withManifest: false);
        BackupRecord record = await StoredBackup.OpenAsync(_source, dump.Name);
        Assert.Equal(ErrorIds.ManifestCorrupt, (await Assert.ThrowsAsync<BackupException>(() => CopyAsync(record))).Id);
    }

    [Fact]
    public async Task A_dump_of_another_tool_is_copied_as_it_is()
    {
        byte[] content = [.. "--\n-- PostgreSQL database dump\n--\n\n"u8, .. new byte[3_000_000]];
        await _source.InitializeAsync(default);
        await _source.PutAsync("Before.Migration.sql", content, PutMode.CreateNew, default);
        await _source.PutAsync("my%20app_20250101_000000.sql", content, PutMode.CreateNew, default);
        foreach (BackupRecord record in await StoredBackup.ListAsync(_source))
        {
            BackupRecord copy = await CopyAsync(record);
            Assert.Equal(record.Id, copy.Id);
            Assert.Equal(content, await _target.ReadAllBytesAsync(copy.Data.Name, int.MaxValue - 1, default));
            await CopyAsync(record);
        }

        Assert.Equal(["Before.Migration.sql", "my%20app/my%20app_20250101_000000.sql"], (await StoredBackup.ListAsync(_target)).Select(r => r.Data.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Another_dump_of_that_name_is_not_touched()
    {
        await _source.InitializeAsync(default);
        await _source.PutAsync("a.sql", "SELECT 1;"u8.ToArray(), PutMode.CreateNew, default);
        BackupRecord record = Assert.Single(await StoredBackup.ListAsync(_source));
        await _target.InitializeAsync(default);
        foreach (byte[] other in (byte[][])["SELECT 2;"u8.ToArray(), "SELECT 11;"u8.ToArray()])
        {
            await _target.PutAsync("a.sql", other, PutMode.Replace, default);
            Assert.Equal(ErrorIds.ObjectExists, (await Assert.ThrowsAsync<StorageException>(() => CopyAsync(record))).Id);
            Assert.Equal(other, await _target.ReadAllBytesAsync("a.sql", 100, default));
        }
    }

    [Fact]
    public async Task A_dump_of_another_tool_that_is_too_long_for_one_object_is_refused()
    {
        await _source.InitializeAsync(default);
        await _source.PutAsync("a.sql", "SELECT 1;"u8.ToArray(), PutMode.CreateNew, default);
        BackupRecord record = Assert.Single(await StoredBackup.ListAsync(_source));
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<BackupException>(() => CopyAsync(record, Limited(8)))).Id);
    }

    [Theory]
    [InlineData(FaultMoment.Before, false, null)]
    [InlineData(FaultMoment.After, false, null)]
    [InlineData(FaultMoment.Before, true, null)]
    [InlineData(FaultMoment.After, true, null)]
    [InlineData(FaultMoment.Before, false, 120)]
    [InlineData(FaultMoment.After, true, 120)]
    public async Task A_fault_at_any_call_of_the_target_leaves_a_whole_backup_or_none_and_the_next_run_succeeds(FaultMoment moment, bool killed, int? maximum)
    {
        byte[] data = StoredBackup.Bytes(250);
        BackupRecord backup = await PutAsync(new StoredBackup { Data = data, PartLength = 100, Globals = [1, 2, 3] });
        await new BackupRepository(_source, _warnings.Add).WriteProofAsync(Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        backup = await StoredBackup.OpenAsync(_source, Name);
        await CopyAsync(backup, Limited(maximum));
        int calls = _target.Calls.Count;
        Assert.InRange(calls, 30, 300);
        for (int k = 1; k <= calls; k++)
        {
            var memory = new MemoryStorage(_clock);
            var faulty = new FaultyStorage(memory);
            var target = new ShapedStorage(faulty, p => p with { MaximumObjectLength = maximum });
            faulty.Fault = killed ? StorageFault.KillAt(k, moment) : StorageFault.At(k, moment);
            await Record.ExceptionAsync(() => CopyAsync(backup, target));
            faulty.Fault = null;
            if (memory.IsInitialized && await StoredBackup.ListAsync(memory) is [{ } listed])
                Assert.Equal(data, await StoredBackup.ReadDataAsync(listed));
            BackupRecord copy = await CopyAsync(backup, target);
            Assert.Equal(data, await StoredBackup.ReadDataAsync(copy));
            Assert.Equal([1, 2, 3], await memory.ReadAllBytesAsync(BackupName.Globals(copy.Data.Name), 10, default));
            Assert.NotNull(Assert.Single(await StoredBackup.ListAsync(memory)).Proof);
            Assert.Equal(0, memory.UnfinishedUploads);
            Assert.Empty(await memory.ListAsync(".midst/", default).ToListAsync());
        }
    }

    [Fact]
    public async Task A_fault_at_any_call_of_the_source_leaves_nothing_listed()
    {
        BackupRecord backup = await PutAsync(new StoredBackup { Data = StoredBackup.Bytes(250), PartLength = 100, Globals = [1, 2, 3] });
        var faulty = new FaultyStorage(_source);
        await CopyAsync(backup with { Storage = faulty });
        int calls = faulty.Calls.Count;
        Assert.InRange(calls, 10, 100);
        for (int k = 1; k <= calls; k++)
        {
            var memory = new MemoryStorage(_clock);
            faulty.ForgetCalls();
            faulty.Fault = StorageFault.At(k);
            await Assert.ThrowsAsync<BackupException>(() => CopyAsync(backup with { Storage = faulty }, memory));
            Assert.Empty(await StoredBackup.ListAsync(memory));
            faulty.Fault = null;
            Assert.Equal(StoredBackup.Bytes(250), await StoredBackup.ReadDataAsync(await CopyAsync(backup with { Storage = faulty }, memory)));
        }
    }

    private static async Task FlipAsync(IStorage storage, string name)
    {
        byte[] bytes = await storage.ReadAllBytesAsync(name, int.MaxValue - 1, default);
        bytes[^1] ^= 1;
        await storage.PutAsync(name, bytes, PutMode.Replace, default);
    }

    private static async Task StoredBackupRemoveAsync(IStorage storage, string name)
    {
        await storage.DeleteAsync(name + BackupName.ManifestSuffix, default);
        await storage.DeleteAsync(name, default);
    }

    private Task<BackupRecord> PutAsync(StoredBackup backup) => backup.PutAsync(_source);

    private IStorage Limited(int? maximum) => new ShapedStorage(_target, p => p with { MaximumObjectLength = maximum });

    private Task<BackupRecord> CopyAsync(BackupRecord backup, IStorage? target = null) => CopyAsync([backup], target ?? _target);

    private Task<BackupRecord> CopyAsync(IReadOnlyList<BackupRecord> copies, IStorage target) =>
        new BackupCopying(target, _clock, Warn).RunAsync(copies, new Progress(), default);

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }

    private sealed class Progress : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => Assert.True(value.Fraction is >= 0 and <= 1);
    }
}
