using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class CatalogTests
{
    private const string Id = "app_20250102_030405";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStorage _disk;
    private readonly MemoryStorage _memoryOfFar;
    private readonly IStorage _far;
    private readonly List<string> _warnings = [];
    private readonly List<(IStorage Storage, BackupException Error)> _failed = [];

    public CatalogTests()
    {
        _disk = new MemoryStorage(_clock);
        _memoryOfFar = new MemoryStorage(_clock, groupsByDatabase: true);
        _far = new ShapedStorage(_memoryOfFar, p => p with { IsRemote = true });
    }

    [Fact]
    public async Task Copies_of_one_backup_are_one_entry_with_the_near_one_first()
    {
        await new StoredBackup { Data = StoredBackup.Bytes(100), PartLength = 40 }.PutAsync(_far);
        await new StoredBackup { Data = StoredBackup.Bytes(100) }.PutAsync(_disk);
        CatalogBackup backup = Assert.Single(await ListAsync(_far, _disk));
        Assert.Equal(Id, backup.Id);
        Assert.Equal([_disk, _far], backup.Copies.Select(c => c.Storage));
        Assert.Same(_disk, backup.Nearest.Storage);
    }

    [Fact]
    public async Task Of_equally_near_copies_the_first_named_repository_comes_first()
    {
        var other = new MemoryStorage(_clock);
        await new StoredBackup().PutAsync(_disk);
        await new StoredBackup().PutAsync(other);
        Assert.Same(other, Assert.Single(await ListAsync(other, _disk)).Nearest.Storage);
        Assert.Same(_disk, Assert.Single(await ListAsync(_disk, other)).Nearest.Storage);
    }

    [Fact]
    public async Task Different_backups_of_one_name_stay_apart()
    {
        await new StoredBackup { Data = StoredBackup.Bytes(100, seed: 1) }.PutAsync(_disk);
        await new StoredBackup { Data = StoredBackup.Bytes(100, seed: 2) }.PutAsync(_far);
        IReadOnlyList<CatalogBackup> backups = await ListAsync(_disk, _far);
        Assert.Equal([Id, Id], backups.Select(b => b.Id));
        Assert.All(backups, b => Assert.Single(b.Copies));
        Assert.Equal(2, (await new Catalog([_disk, _far], _warnings.Add).FindByIdAsync(Id, Fail, default)).Count);
    }

    [Fact]
    public async Task Dumps_of_other_tools_are_copies_by_name_and_length()
    {
        await PutForeignAsync(_disk, "app_20240101_000000.sql", "SELECT 1;");
        await PutForeignAsync(_far, "app/app_20240101_000000.sql", "SELECT 2;");
        await PutForeignAsync(_far, "app/app_20240101_000000.sql.gz", "SELECT 2;");
        await PutForeignAsync(_far, "app_20240101_000000.sql", "SELECT 100;");
        IReadOnlyList<CatalogBackup> backups = await ListAsync(_disk, _far);
        Assert.Equal([1, 1, 2], backups.Select(b => b.Copies.Count).Order());
    }

    [Fact]
    public async Task Backups_of_all_repositories_come_by_the_time_they_began()
    {
        await new StoredBackup { Id = "b_20250102_000000", Database = "b" }.PutAsync(_disk);
        await new StoredBackup { Id = "a_20250101_000000", Database = "a" }.PutAsync(_far);
        await new StoredBackup { Id = "a_20250103_000000", Database = "a" }.PutAsync(_far);
        Assert.Equal(["a_20250101_000000", "b_20250102_000000", "a_20250103_000000"], (await ListAsync(_disk, _far)).Select(b => b.Id));
    }

    [Fact]
    public async Task A_repository_that_fails_is_told_and_the_others_are_listed()
    {
        await new StoredBackup().PutAsync(_far);
        var broken = new FaultyStorage(_disk);
        await new StoredBackup().PutAsync(broken);
        broken.Fault = new StorageFault(_ => true);
        var missing = new MemoryStorage(_clock);
        Assert.Same(_far, Assert.Single(await ListAsync(broken, missing, _far)).Nearest.Storage);
        Assert.Equal([broken, missing], _failed.Select(f => f.Storage));
        Assert.Equal([ErrorIds.RepositoryUnavailable, ErrorIds.RepositoryNotFound], _failed.Select(f => f.Error.Id));
    }

    [Fact]
    public async Task When_all_fail_each_is_told()
    {
        Assert.Empty(await ListAsync(_disk, _far));
        Assert.Equal([_disk, _far], _failed.Select(f => f.Storage));
    }

    [Fact]
    public async Task A_repository_named_twice_is_listed_once()
    {
        await new StoredBackup().PutAsync(_disk);
        Assert.Single(Assert.Single(await ListAsync(_disk, _disk)).Copies);
    }

    [Fact]
    public async Task The_newest_is_found_over_all_repositories()
    {
        await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_disk);
        await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(_disk);
        await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(_far);
        await PutForeignAsync(_far, "app/app_20250601_000000.sql", "SELECT 1;");
        var catalog = new Catalog([_far, _disk], _warnings.Add);
        CatalogBackup? newest = await catalog.FindNewestAsync("app", Fail, default);
        Assert.Equal("app_20250102_000000", newest?.Id);
        Assert.Equal([_disk, _far], newest!.Copies.Select(c => c.Storage));
        Assert.Null(await catalog.FindNewestAsync("other", Fail, default));
        Assert.Empty(_failed);
    }

    [Fact]
    public async Task One_is_found_by_its_id_with_its_copies()
    {
        await new StoredBackup().PutAsync(_disk);
        await new StoredBackup().PutAsync(_far);
        var catalog = new Catalog([_far, _disk], _warnings.Add);
        Assert.Equal([_disk, _far], Assert.Single(await catalog.FindByIdAsync(Id, Fail, default)).Copies.Select(c => c.Storage));
        Assert.Empty(await catalog.FindByIdAsync("app_20990101_000000", Fail, default));
    }

    private static Task PutForeignAsync(IStorage storage, string name, string sql) => PutForeignAsync(storage, name, System.Text.Encoding.ASCII.GetBytes(sql));

    private static async Task PutForeignAsync(IStorage storage, string name, byte[] content)
    {
        await storage.InitializeAsync(default);
        await storage.PutAsync(name, content, PutMode.CreateNew, default);
    }

    private void Fail(IStorage storage, BackupException error) => _failed.Add((storage, error));

    private async Task<IReadOnlyList<CatalogBackup>> ListAsync(params IStorage[] storages) =>
        await new Catalog(storages, _warnings.Add).ListAsync(Fail, default).ToListAsync();
}
