using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>What is left of an object that was not copied to its end, and what becomes of it.</summary>
public sealed class BackupCopyResumingTests
{
    private const string Name = "app_20250102_030405.sql.gz";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStorage _source;
    private readonly MemoryStorage _memory;
    private readonly FaultyStorage _target;
    private readonly List<string> _warnings = [];

    public BackupCopyResumingTests()
    {
        _source = new MemoryStorage(_clock);
        _memory = new MemoryStorage(_clock, groupsByDatabase: true);
        _target = new FaultyStorage(_memory);
    }

    // Three buffers of the copy, so that a fault at the third write leaves two.
    private static byte[] Data => StoredBackup.Bytes(2_500_000);

    [Fact]
    public async Task What_was_sent_before_a_failure_is_left_and_said_to_be()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        _target.Fault = AtWrite(3);
        Assert.Equal(ErrorIds.RepositoryUnavailable, (await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup))).Id);
        Assert.Equal(1, _memory.UnfinishedUploads);
        Assert.Empty(await _memory.ListAsync("", default).ToListAsync());
        string warning = Assert.Single(_warnings);
        Assert.StartsWith("2,097,152 bytes of app_20250102_030405 are in memory: already", warning);
        Assert.Contains("Repair-MidstRepository", warning);
        await CopiesNowAsync(backup);
    }

    [Fact]
    public async Task What_was_sent_before_the_source_could_not_be_read_is_left()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        int reads = 0;
        var broken = new FaultyStorage(_source) { Fault = new StorageFault(call => call.Operation == StorageOperation.Read && ++reads > 2) };
        await Assert.ThrowsAsync<BackupException>(() => CopyAsync(backup with { Storage = broken }));
        Assert.Equal(1, _memory.UnfinishedUploads);
        Assert.Single(_warnings);
        await CopiesNowAsync(backup);
    }

    [Fact]
    public async Task Repair_removes_what_is_left()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        _target.Fault = AtWrite(3);
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup));
        var repair = new RepositoryRepair(_memory, _clock, _warnings.Add, RepositoryRepair.DefaultMinimumAge);
        Assert.Empty(await repair.FindAsync(default).ToListAsync());
        _clock.Advance(TimeSpan.FromHours(25));
        RepairFinding finding = Assert.Single(await repair.FindAsync(default).ToListAsync());
        Assert.Equal(RepairKind.UnfinishedUpload, finding.Kind);
        Assert.True(await repair.RepairAsync(finding, default));
        Assert.Equal(0, _memory.UnfinishedUploads);
    }

    [Fact]
    public async Task Objects_that_are_whole_are_counted_too()
    {
        BackupRecord backup = await new StoredBackup { Data = StoredBackup.Bytes(3000), PartLength = 1000 }.PutAsync(_source);
        IStorage target = new ShapedStorage(_target, p => p with { MaximumObjectLength = 1000 });
        _target.Fault = new StorageFault(call => call.Operation == StorageOperation.Write && call.Name.EndsWith(".002", StringComparison.Ordinal));
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup, target));
        Assert.StartsWith("2,000 bytes", Assert.Single(_warnings));
        _target.Fault = null;
        Assert.Equal(StoredBackup.Bytes(3000), await StoredBackup.ReadDataAsync(await CopyAsync(backup, target)));
    }

    [Fact]
    public async Task Who_stops_the_copy_finds_nothing_left()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        using var stop = new CancellationTokenSource();
        int writes = 0;
        _target.Fault = new StorageFault(call =>
        {
            if (call.Operation == StorageOperation.Write && ++writes == 3)
                stop.Cancel();
            return false;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CopyAsync(backup, stop: stop.Token));
        Assert.Equal(0, _memory.UnfinishedUploads);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task In_a_full_storage_nothing_is_left()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        _target.Fault = AtWrite(3) with { Failure = _ => new StorageException(ErrorIds.RepositoryFull, "full", isPermanent: true) };
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup));
        Assert.Equal(0, _memory.UnfinishedUploads);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_storage_that_cannot_go_on_keeps_nothing()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        var memory = new MemoryStorage(_clock);
        var target = new FaultyStorage(memory);
        foreach (bool killed in new[] { false, true })
        {
            target.Fault = AtWrite(3) with { LeavesUploadsBehind = killed };
            await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup, target));
            Assert.Equal(killed ? 1 : 0, memory.UnfinishedUploads);
        }

        Assert.Empty(_warnings);
        target.Fault = null;
        Assert.Equal(Data, await StoredBackup.ReadDataAsync(await CopyAsync(backup, target)));
        Assert.Equal(0, memory.UnfinishedUploads);
    }

    [Fact]
    public async Task What_was_left_is_removed_when_the_backup_came_there_otherwise()
    {
        BackupRecord backup = await new StoredBackup { Data = Data }.PutAsync(_source);
        _target.Fault = AtWrite(3);
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(backup));
        await new StoredBackup { Data = Data }.PutAsync(_memory);
        _target.Fault = null;
        await CopyAsync(backup);
        Assert.Equal(0, _memory.UnfinishedUploads);
    }

    [Fact]
    public async Task A_dump_of_another_tool_is_resumed_too()
    {
        byte[] content = [.. "--\n-- PostgreSQL database dump\n--\n\n"u8, .. new byte[2_500_000]];
        await _source.InitializeAsync(default);
        await _source.PutAsync("before.sql", content, PutMode.CreateNew, default);
        BackupRecord record = Assert.Single(await StoredBackup.ListAsync(_source));
        _target.Fault = AtWrite(3);
        await Assert.ThrowsAsync<StorageException>(() => CopyAsync(record));
        Assert.StartsWith("2,097,152 bytes of before are", Assert.Single(_warnings));
        Assert.Equal(1, _memory.UnfinishedUploads);
        _target.Fault = null;
        await CopyAsync(record);
        Assert.Equal(content, await _memory.ReadAllBytesAsync("before.sql", content.Length, default));
        Assert.Equal(0, _memory.UnfinishedUploads);
    }

    private static StorageFault AtWrite(int number)
    {
        int writes = 0;
        return new StorageFault(call => call.Operation == StorageOperation.Write && call.Name[0] != '.' && ++writes == number);
    }

    private async Task CopiesNowAsync(BackupRecord backup)
    {
        _target.Fault = null;
        _target.ForgetCalls();
        BackupRecord copy = await CopyAsync(backup);
        Assert.Equal(Data, await StoredBackup.ReadDataAsync(copy));
        Assert.Equal(0, _memory.UnfinishedUploads);
        Assert.DoesNotContain(_target.Calls, call => call.Operation == StorageOperation.RemoveUnfinishedUpload && call.Name == "app/" + Name);
    }

    private Task<BackupRecord> CopyAsync(BackupRecord backup, IStorage? target = null, CancellationToken stop = default) =>
        new BackupCopying(target ?? _target, _clock, Warn).RunAsync([backup], new Progress<OperationProgress>(), stop);

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }
}
