using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>A repository that begins below another one: both list what lies in it.</summary>
public sealed class NestedRepositoriesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("midst-nested-").FullName;
    private readonly DiskStorage _outer;
    private readonly DiskStorage _inner;
    private readonly List<string> _warnings = [];

    public NestedRepositoriesTests()
    {
        _outer = new DiskStorage(Path.Combine(_root, "backups"));
        _inner = new DiskStorage(Path.Combine(_root, "backups", "x"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_both_list_is_one_copy_in_the_inner_one(bool innerFirst)
    {
        await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_outer);
        await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(_inner);
        var catalog = new Catalog(innerFirst ? [_inner, _outer] : [_outer, _inner], Warn);
        List<CatalogBackup> backups = await catalog.ListAsync(Fail, Token).ToListAsync(Token);
        Assert.Equal([_outer, _inner], backups.Select(backup => Assert.Single(backup.Copies).Storage));
        Assert.Same(_inner, Assert.Single(Assert.Single(await catalog.FindByIdAsync("app_20250102_000000", Fail, Token)).Copies).Storage);
        Assert.Same(_inner, Assert.Single((await catalog.FindNewestAsync("app", Fail, Token))!.Copies).Storage);
    }

    [Fact]
    public async Task Equal_backups_in_both_are_two_copies()
    {
        await new StoredBackup().PutAsync(_outer);
        await new StoredBackup().PutAsync(_inner);
        CatalogBackup backup = Assert.Single(await new Catalog([_outer, _inner], Warn).ListAsync(Fail, Token).ToListAsync(Token));
        Assert.Equal([_outer, _inner], backup.Copies.Select(copy => copy.Storage));
    }

    [Fact]
    public async Task Asked_alone_the_outer_one_lists_all_below_it_and_what_only_begins_alike_is_not_below()
    {
        var alike = new DiskStorage(Path.Combine(_root, "backups-old"));
        await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_inner);
        await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(alike);
        Assert.Single(await new Catalog([_outer], Warn).ListAsync(Fail, Token).ToListAsync(Token));
        Assert.Equal(2, await new Catalog([_outer, alike], Warn).ListAsync(Fail, Token).CountAsync(Token));
    }

    [Fact]
    public async Task The_pointer_is_at_the_newest_beside_it()
    {
        BackupRecord first = await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_outer);
        BackupRecord second = await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(_outer);
        await new StoredBackup { Id = "app_20250103_000000" }.PutAsync(_inner);
        await new BackupRemoval(TimeProvider.System, Warn).RunAsync(second, Token);
        Assert.Equal(first.Data.Name, new FileInfo(Path.Combine(_root, "backups", "app_latest.sql.gz")).LinkTarget);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_repair_of_the_outer_one_leaves_what_a_run_in_the_inner_one_is_writing()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
        var memory = new MemoryStorage(clock, groupsByDatabase: true);
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, memory, prefix: "x/app/", withManifest: false);
        await memory.PutAsync("x/app/app_20250103_000000.sql.gz", StoredBackup.Bytes(100), PutMode.CreateNew, Token);
        await memory.BeginPutAsync("x/app/app_20250104_000000.sql.gz", PutMode.CreateNew, Token);
        clock.Advance(TimeSpan.FromDays(2));
        var repair = new RepositoryRepair(memory, clock, Warn, RepositoryRepair.DefaultMinimumAge);
        List<RepairFinding> findings = await repair.FindAsync(Token).ToListAsync(Token);
        Assert.Equal(3, findings.Count);

        await PutLockAsync(memory, "x/", "app-1", "app/app_20250103_000000.sql.gz", "app/app_20250104_000000.sql.gz");
        await PutLockAsync(memory, "x/", LockKeys.Name(SampleDump.Id));
        Assert.Empty(await repair.FindAsync(Token).ToListAsync(Token));
        foreach (RepairFinding finding in findings)
            Assert.False(await repair.RepairAsync(finding, Token));
        Assert.NotNull(await memory.FindAsync(dump.Name, Token));
        Assert.NotNull(await memory.FindAsync("x/app/app_20250103_000000.sql.gz", Token));
        Assert.Equal(1, memory.UnfinishedUploads);

        // Dead, they protect nothing; whose they are removes them.
        clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(findings.Select(f => f.Name), (await repair.FindAsync(Token).ToListAsync(Token)).Select(f => f.Name));
    }

    private static async Task PutLockAsync(MemoryStorage storage, string place, string key, params string[] writing)
    {
        string id = Guid.NewGuid().ToString("N");
        var record = new LockRecord
        {
            Format = 1, Id = id, Held = true, Purpose = "backup", Owner = LockScene.OtherHost, Acquired = default, Heartbeat = default, Writing = writing,
        };
        await storage.PutAsync($"{place}.midst/locks/{key}.LOCK.{id}.json", record.ToJson(), PutMode.CreateNew, Token);
    }

    private static void Fail(IStorage storage, BackupException failure) => Assert.Fail(failure.Message);

    private void Warn(string message)
    {
        lock (_warnings)
            _warnings.Add(message);
    }
}
