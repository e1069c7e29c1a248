using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class RepositoryRepairTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStorage _memory;
    private readonly FaultyStorage _storage;
    private readonly List<string> _warnings = [];

    public RepositoryRepairTests()
    {
        _memory = new MemoryStorage(_clock);
        _storage = new FaultyStorage(_memory);
    }

    [Fact]
    public async Task In_a_healthy_repository_nothing_is_found()
    {
        await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        await new StoredBackup { Id = "b_20250101_000000", Database = "b", PartLength = 60, Data = StoredBackup.Bytes(200), Globals = [1] }.PutAsync(_storage);
        foreach (string name in (string[])["by-hand.sql", "cluster.globals.sql", "old_20200101_000000.globals.sql", "old_20200101_000000.sql.gz", "x.sql.gz.000", "x.sql.gz.001", "webpack.manifest.json", "notes.sql.manifest.json", ".hidden.sql"])
            await _storage.PutAsync(name, "SELECT 1;"u8.ToArray(), PutMode.CreateNew, default);
        Age();
        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_not_found() =>
        Assert.Equal(ErrorIds.RepositoryNotFound, (await Assert.ThrowsAsync<StorageException>(FindAsync)).Id);

    [Theory]
    [InlineData(CompressionKind.Gzip, 0)]
    [InlineData(CompressionKind.Zstd, 0)]
    [InlineData(CompressionKind.None, 0)]
    [InlineData(CompressionKind.Gzip, 3)]
    public async Task A_lost_manifest_is_made_anew_as_it_was(CompressionKind compression, int parts)
    {
        SampleDump dump = await SampleDump.WriteAsync(compression, _storage, withManifest: false);
        byte[] bytes = await dump.ReadAsync();
        if (parts > 0)
            await DivideAsync(dump, bytes, parts);
        await _storage.PutAsync(BackupName.Globals(dump.Name), new byte[] { 1, 2, 3 }, PutMode.CreateNew, default);
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.LostManifest, finding.Kind);
        Assert.Equal(RepairAction.RebuildManifest, finding.Action);
        Assert.Equal(dump.Name, finding.Name);
        Assert.Equal(bytes.Length, finding.Length);
        Assert.True(await RepairAsync(finding));

        BackupRecord backup = Assert.Single(await StoredBackup.ListAsync(_storage, _warnings.Add));
        Assert.Equal(StoredBackup.Hash(bytes), backup.Manifest!.DataSha256);
        Assert.Equal(bytes, await StoredBackup.ReadDataAsync(backup));
        Assert.Equal(dump.Manifest.Index, backup.Manifest.Index);
        Assert.Equal(StoredBackup.Hash([1, 2, 3]), backup.Manifest.Objects.Single(o => o.Role == "globals").Sha256);
        if (parts == 0)
            Assert.Equal(FormatJson.Write(dump.Manifest), FormatJson.Write(backup.Manifest with { Objects = backup.DataObjects }));
        Assert.Equal(dump.Name, Assert.Single(_memory.Pointers).Value);
        Assert.NotNull((await BackupContents.OpenAsync(backup, default)).Index);
        Assert.Empty(await FindAsync());
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("not json")]
    public async Task A_manifest_that_cannot_be_read_is_made_anew(string json)
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        await _storage.PutAsync(dump.ManifestName, System.Text.Encoding.UTF8.GetBytes(json), PutMode.Replace, default);
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.LostManifest, finding.Kind);
        Assert.True(await RepairAsync(finding));
        Assert.Equal(FormatJson.Write(dump.Manifest), FormatJson.Write(Assert.Single(await StoredBackup.ListAsync(_storage)).Manifest!));
    }

    [Fact]
    public async Task Another_backups_manifest_is_replaced_by_the_dumps_own()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        BackupManifest other = dump.Manifest with { Id = "b_20250101_000000", Index = new IndexLocation(1, 2, SampleRecords.Sha256), Objects = [new ObjectRecord("data", "b_20250101_000000.sql.gz", 77, SampleRecords.Sha256)] };
        await _storage.PutAsync(dump.ManifestName, FormatJson.Write(other), PutMode.Replace, default);
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.LostManifest, finding.Kind);
        Assert.True(await RepairAsync(finding));
        Assert.Equal(SampleDump.Id, Assert.Single(await StoredBackup.ListAsync(_storage)).Id);
    }

    [Fact]
    public async Task Data_of_another_backup_under_a_manifest_are_told_and_left()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        byte[] bytes = await dump.ReadAsync();
        await _storage.DeleteAsync(dump.Name, default);
        BackupRecord other = await new StoredBackup { Id = "b_20250101_000000", Database = "b" }.PutAsync(_storage);
        await _storage.PutAsync(other.Data.Name, bytes, PutMode.Replace, default);
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.DamagedBackup, finding.Kind);
        Assert.False(finding.CanRepair);
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<BackupException>(() => RepairAsync(finding))).Id);
    }

    [Fact]
    public async Task No_manifest_is_made_for_a_dump_that_is_damaged()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        byte[] bytes = await dump.ReadAsync();
        bytes[dump.Index.Frames[2].Offset + 20] ^= 1;
        await dump.ReplaceAsync(bytes);
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => RepairAsync(finding))).Id);
        Assert.Empty(await StoredBackup.ListAsync(_storage));
        Assert.Equal(bytes, await dump.ReadAsync());
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task Data_that_a_dead_run_left_are_removed_when_they_are_a_day_old_wherever_they_end(CompressionKind compression)
    {
        SampleDump dump = await SampleDump.WriteAsync(compression, _storage, withManifest: false);
        byte[] bytes = await dump.ReadAsync();
        for (int length = (int)dump.Index.Frames[0].Length; length < bytes.Length; length += 7)
        {
            await dump.ReplaceAsync(bytes.AsMemory(0, length));
            await _storage.PutAsync(BackupName.Globals(dump.Name), new byte[10], PutMode.Replace, default);
            Assert.Empty(await FindAsync());
            Age();
            RepairFinding finding = Assert.Single(await FindAsync());
            Assert.Equal(RepairKind.DataWithoutManifest, finding.Kind);
            Assert.Equal(RepairAction.Remove, finding.Action);
            Assert.True(await RepairAsync(finding));
            Assert.Empty(await NamesAsync());
        }
    }

    [Fact]
    public async Task What_somebody_decompressed_or_compressed_again_is_whole_and_left_alone()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        await using Stream script = await (await dump.OpenAsync()).OpenScriptAsync(default);
        using var plain = new MemoryStream();
        await script.CopyToAsync(plain);
        await _storage.DeleteAsync(dump.Name, default);
        await _storage.PutAsync(SampleDump.Id + ".sql", plain.ToArray(), PutMode.CreateNew, default);
        Age();
        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task What_a_living_run_is_writing_is_not_found_and_not_repaired()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        StorageUpload upload = await _storage.BeginPutAsync("app_20250103_000000.sql.gz", PutMode.CreateNew, default);
        Age();
        List<RepairFinding> findings = await FindAsync();
        Assert.Equal([RepairKind.UnfinishedUpload, RepairKind.LostManifest], findings.Select(f => f.Kind));
        await using (RepositoryLock held = await RepositoryLock.AcquireAsync(_storage, "app-1", "backup", _clock, null, default))
        {
            await held.SetWritingAsync([dump.Name, upload.Name], default);
            Assert.Empty(await FindAsync());
            foreach (RepairFinding finding in findings)
                Assert.False(await RepairAsync(finding));
        }

        await using (await RepositoryLock.AcquireAsync(_storage, LockKeys.Name(SampleDump.Id), "backup", _clock, null, default))
        {
            Assert.Equal([RepairKind.UnfinishedUpload], (await FindAsync()).Select(f => f.Kind));
            Assert.Equal(ErrorIds.BackupInProgress, (await Assert.ThrowsAsync<BackupException>(() => RepairAsync(findings[1]))).Id);
        }
    }

    [Fact]
    public async Task An_unfinished_upload_is_removed_when_it_is_a_day_old()
    {
        await _storage.InitializeAsync(default);
        foreach (string name in (string[])["app_20250103_000000.sql.gz", "app_20250103_000000.sql.gz.verification.json", ".midst/locks/app-1.LOCK.0.json", "Some.file"])
            await _storage.BeginPutAsync(name, PutMode.Replace, default);
        Assert.Empty(await FindAsync());
        Age();
        List<RepairFinding> findings = await FindAsync();
        Assert.All(findings, f => Assert.Equal(RepairKind.UnfinishedUpload, f.Kind));
        Assert.Equal(4, findings.Count);
        foreach (RepairFinding finding in findings)
        {
            Assert.True(await RepairAsync(finding));
            Assert.False(await RepairAsync(finding));
        }

        Assert.Equal(0, _memory.UnfinishedUploads);
    }

    [Theory]
    [InlineData("app-7390000000000000001")]
    [InlineData("name-app_20250103_000000")]
    public async Task A_dead_runs_lock_is_removed_and_its_uploads_but_not_a_whole_dump_it_names(string key)
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        await _storage.BeginPutAsync("app_20250103_000000.sql.gz", PutMode.CreateNew, default);
        await PutLockAsync(key, LockScene.OtherHost, dump.Name, "app_20250103_000000.sql.gz");
        Assert.Empty(await FindAsync());
        _clock.Advance(TimeSpan.FromMinutes(16));
        RepairFinding finding = Assert.Single(await FindAsync(), f => f.Kind == RepairKind.StaleLock);
        Assert.Contains("other-host", finding.Description);
        Assert.True(await RepairAsync(finding));
        Assert.False(await RepairAsync(finding));
        Assert.Equal(0, _memory.UnfinishedUploads);
        Assert.Equal([RepairKind.LostManifest], (await FindAsync()).Select(f => f.Kind));
        Assert.Empty(await _memory.ListAsync(".midst/", default).ToListAsync());
    }

    [Fact]
    public async Task A_lock_of_a_dead_process_of_this_machine_is_found_at_once()
    {
        await _storage.InitializeAsync(default);
        await PutLockAsync("app-1", LockOwners.Current);
        Assert.Equal([RepairKind.StaleLock], (await FindAsync()).Select(f => f.Kind));
    }

    [Fact]
    public async Task A_lock_with_a_very_long_key_goes_when_it_is_a_day_old()
    {
        await _storage.InitializeAsync(default);
        await PutLockAsync(RepositoryLock.Shorten("name-" + new string('a', 300)), LockScene.OtherHost);
        _clock.Advance(TimeSpan.FromMinutes(16));
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(ErrorIds.BackupInProgress, (await Assert.ThrowsAsync<BackupException>(() => RepairAsync(finding))).Id);
        Age();
        Assert.True(await RepairAsync(finding));
        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task A_lock_that_came_alive_again_stays()
    {
        await _storage.InitializeAsync(default);
        await PutLockAsync("app-1", LockScene.OtherHost);
        StorageEntry entry = Assert.Single(await _memory.ListAsync(".midst/", default).ToListAsync());
        _clock.Advance(TimeSpan.FromMinutes(16));
        RepairFinding finding = Assert.Single(await FindAsync());
        await _storage.PutAsync(entry.Name, await _storage.ReadAllBytesAsync(entry.Name, 100_000, default), PutMode.Replace, default);
        Assert.Equal(ErrorIds.BackupInProgress, (await Assert.ThrowsAsync<BackupException>(() => RepairAsync(finding))).Id);
        Assert.NotNull(await _memory.FindAsync(entry.Name, default));
    }

    [Fact]
    public async Task A_manifest_whose_dump_is_gone_is_removed_with_all_that_belongs_to_it()
    {
        BackupRecord backup = await new StoredBackup { Globals = [1] }.PutAsync(_storage);
        await new BackupRepository(_storage, _warnings.Add).WriteProofAsync(backup.Data.Name, SampleRecords.Proof(backup.Manifest!.DataSha256!), default);
        await _storage.DeleteAsync(backup.Data.Name, default);
        Assert.Empty(await FindAsync());
        Age();
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.ManifestWithoutData, finding.Kind);
        Assert.True(await RepairAsync(finding));
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task Where_only_the_beginning_of_the_data_is_gone_nothing_is_removed()
    {
        BackupRecord backup = await new StoredBackup { Data = StoredBackup.Bytes(200), PartLength = 100 }.PutAsync(_storage);
        await _storage.DeleteAsync(backup.Data.Name, default);
        Age();
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.ManifestWithoutData, finding.Kind);
        Assert.False(finding.CanRepair);
    }

    [Theory]
    [InlineData(".001")]
    [InlineData("")]
    public async Task Data_that_are_not_as_long_as_they_should_be_are_told_and_left(string part)
    {
        BackupRecord backup = await new StoredBackup { Data = StoredBackup.Bytes(200), PartLength = 100 }.PutAsync(_storage);
        await _storage.PutAsync(backup.Data.Name + part, StoredBackup.Bytes(90), PutMode.Replace, default);
        Age();
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.DamagedBackup, finding.Kind);
        Assert.False(finding.CanRepair);
    }

    [Fact]
    public async Task What_belongs_to_a_dump_that_is_gone_is_removed()
    {
        await _storage.InitializeAsync(default);
        foreach (string name in (string[])["app_20250102_030405.globals.sql.gz", "app_20250102_030405.sql.gz.verification.json", "app_20250102_030405.sql.gz.002"])
            await _storage.PutAsync(name, "x"u8.ToArray(), PutMode.CreateNew, default);
        Assert.Empty(await FindAsync());
        Age();
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.OrphanSidecar, finding.Kind);
        Assert.True(await RepairAsync(finding));
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task A_dump_of_a_newer_version_is_left_alone()
    {
        await _storage.InitializeAsync(default);
        await _storage.PutAsync("app_20250102_030405.sql", System.Text.Encoding.ASCII.GetBytes(DumpFile.Signature + "2, written by a newer version\n"), PutMode.CreateNew, default);
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, "sub/");
        await _storage.PutAsync(dump.ManifestName, """{"format": 2}"""u8.ToArray(), PutMode.Replace, default);
        Age();
        Assert.Empty(await FindAsync());
    }

    [Fact]
    public async Task An_encrypted_dump_without_a_manifest_needs_its_key_and_is_never_removed()
    {
        string keyFile = Path.Combine(Directory.CreateTempSubdirectory("midst-repair-").FullName, "key.txt");
        AgeRecipient recipient = await AgeKeyFile.CreateAsync(keyFile, _clock, default);
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, withManifest: false);
        byte[] plain = await dump.ReadAsync();
        await PutEncryptedAsync(dump.Name + ".age", plain, recipient);
        Age();
        RepairFinding finding = Assert.Single(await FindAsync());
        Assert.Equal(RepairKind.EncryptedWithoutManifest, finding.Kind);
        Assert.False(finding.CanRepair);

        using AgeIdentities identities = AgeIdentities.Read([keyFile], [], null);
        finding = Assert.Single(await FindAsync(identities));
        Assert.Equal(RepairKind.LostManifest, finding.Kind);
        Assert.True(await Repair(identities).RepairAsync(finding, default));
        BackupRecord backup = Assert.Single(await StoredBackup.ListAsync(_storage, _warnings.Add));
        Assert.Equal("age", backup.Manifest!.Encryption?.Format);
        Assert.Empty(backup.Manifest.Tables);
        Assert.Equal(dump.Manifest.Index, backup.Manifest.Index);
        Assert.NotNull((await BackupContents.OpenAsync(backup with { Identities = identities }, default)).Index);
        Directory.Delete(Path.GetDirectoryName(keyFile)!, recursive: true);
    }

    [Fact]
    public async Task What_the_storage_keeps_is_not_removed()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        await dump.ReplaceAsync((await dump.ReadAsync()).AsMemory(0, 300));
        Age();
        var held = new HeldStorage(_storage);
        var repair = new RepositoryRepair(held, _clock, _warnings.Add, RepositoryRepair.DefaultMinimumAge);
        RepairFinding finding = Assert.Single(await repair.FindAsync(default).ToListAsync());
        Assert.Equal(ErrorIds.RepositoryAccessDenied, (await Assert.ThrowsAsync<BackupException>(() => repair.RepairAsync(finding, default))).Id);
        Assert.Single(await NamesAsync());
    }

    [Theory]
    [InlineData(FaultMoment.Before, false)]
    [InlineData(FaultMoment.After, false)]
    [InlineData(FaultMoment.Before, true)]
    [InlineData(FaultMoment.After, true)]
    public async Task A_fault_at_any_call_loses_nothing_and_the_next_run_succeeds(FaultMoment moment, bool killed)
    {
        byte[] whole = await PutSceneAsync();
        _storage.ForgetCalls();
        await RepairAllAsync();
        int calls = _storage.Calls.Count;
        Assert.InRange(calls, 50, 400);
        for (int k = 1; k <= calls; k++)
        {
            await PutSceneAsync();
            _storage.ForgetCalls();
            _storage.Fault = killed ? StorageFault.KillAt(k, moment) : StorageFault.At(k, moment);
            await Record.ExceptionAsync(RepairAllAsync);
            _storage.Fault = null;
            foreach (BackupRecord listed in await StoredBackup.ListAsync(_memory))
                Assert.Equal(whole, await StoredBackup.ReadDataAsync(listed));
            Age();
            await RepairAllAsync();
            Assert.Equal(whole, await StoredBackup.ReadDataAsync(Assert.Single(await StoredBackup.ListAsync(_memory))));
            Assert.Equal([SampleDump.Id + ".sql.gz", SampleDump.Id + ".sql.gz.manifest.json"], await NamesAsync());
            Assert.Empty(await FindAsync());
        }
    }

    /// <summary>A whole dump without a manifest, half a dump with two parts and its globals, a manifest without a dump, an upload, a lock.</summary>
    private async Task<byte[]> PutSceneAsync()
    {
        await _memory.InitializeAsync(default);
        foreach (string name in await _memory.ListAsync("", default).Select(e => e.Name).ToListAsync())
            await _memory.DeleteAsync(name, default);
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        byte[] whole = await dump.ReadAsync();
        await _storage.PutAsync("b_20250101_000000.sql.gz", whole.AsMemory(0, 300), PutMode.Replace, default);
        await _storage.PutAsync("b_20250101_000000.sql.gz.001", whole.AsMemory(300, 100), PutMode.Replace, default);
        await _storage.PutAsync("b_20250101_000000.globals.sql.gz", new byte[3], PutMode.Replace, default);
        BackupRecord lost = await new StoredBackup { Id = "c_20250101_000000", Database = "c" }.PutAsync(_storage);
        await _storage.DeleteAsync(lost.Data.Name, default);
        await _storage.BeginPutAsync("d_20250101_000000.sql.gz", PutMode.CreateNew, default);
        await PutLockAsync("d-1", LockScene.OtherHost, "d_20250101_000000.sql.gz");
        Age();
        return whole;
    }

    private async Task RepairAllAsync()
    {
        foreach (RepairFinding finding in await FindAsync())
        {
            Assert.True(finding.CanRepair);
            await RepairAsync(finding);
        }
    }

    private async Task DivideAsync(SampleDump dump, byte[] bytes, int parts)
    {
        byte[][] pieces = [.. bytes.Chunk((bytes.Length / parts) + 1)];
        await _storage.DeleteAsync(dump.Name, default);
        for (int i = 0; i < pieces.Length; i++)
            await _storage.PutAsync(BackupName.Part(dump.Name, i), pieces[i], PutMode.CreateNew, default);
    }

    private async Task PutEncryptedAsync(string name, byte[] plain, AgeRecipient recipient)
    {
        await _storage.InitializeAsync(default);
        using var encrypted = new MemoryStream();
        await using (var age = new AgeWriteStream(encrypted, [recipient]))
        {
            await age.WriteAsync(plain);
            await age.CompleteAsync(default);
        }

        await _storage.PutAsync(name, encrypted.ToArray(), PutMode.CreateNew, default);
    }

    private Task PutLockAsync(string key, LockOwner owner, params string[] writing)
    {
        string id = Guid.NewGuid().ToString("N");
        DateTimeOffset now = _clock.GetUtcNow();
        var record = new LockRecord
        {
            Format = LockRecord.CurrentFormat, Id = id, Held = true, Purpose = "backup of app", Owner = owner, Acquired = now, Heartbeat = now, Writing = writing,
        };
        return _storage.PutAsync($".midst/locks/{key}.LOCK.{id}.json", record.ToJson(), PutMode.CreateNew, default);
    }

    private void Age() => _clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(30));

    private RepositoryRepair Repair(AgeIdentities? identities = null) =>
        new(_storage, _clock, Warn, RepositoryRepair.DefaultMinimumAge, identities);

    private async Task<List<RepairFinding>> FindAsync(AgeIdentities identities) => await Repair(identities).FindAsync(default).ToListAsync();

    private async Task<List<RepairFinding>> FindAsync() => await Repair().FindAsync(default).ToListAsync();

    private Task<bool> RepairAsync(RepairFinding finding) => Repair().RepairAsync(finding, default);

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }

    private async Task<List<string>> NamesAsync() =>
        await _memory.ListAsync("", default).Select(e => e.Name).Where(n => !n.StartsWith(".midst/", StringComparison.Ordinal)).ToListAsync();

    private sealed class HeldStorage(IStorage inner) : DelegatingStorage(inner)
    {
        public override async Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
            await base.FindAsync(name, cancellationToken) is { } entry ? entry with { HasLegalHold = name.EndsWith(".sql.gz", StringComparison.Ordinal) } : null;
    }
}
