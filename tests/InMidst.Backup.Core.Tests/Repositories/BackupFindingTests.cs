using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>Listings of several parts and of many backups, one backup by its id, and the newest.</summary>
public sealed class BackupFindingTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FaultyStorage _storage;
    private readonly List<string> _warnings = [];

    public BackupFindingTests() => _storage = new FaultyStorage(new MemoryStorage(_clock, groupsByDatabase: true));

    [Fact]
    public async Task A_backup_in_several_parts_is_listed_once_with_the_length_of_all()
    {
        await new StoredBackup { Data = StoredBackup.Bytes(2500), PartLength = 1000 }.PutAsync(_storage);
        BackupRecord backup = Assert.Single(await StoredBackup.ListAsync(_storage, _warnings.Add));
        Assert.Equal(2500, backup.Length);
        Assert.Equal(1000, backup.Data.Length);
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(".001", false)]
    [InlineData(".002", false)]
    [InlineData(".001", true)]
    [InlineData(".002", true)]
    public async Task A_backup_that_lacks_a_part_is_told_and_not_listed(string part, bool shortened)
    {
        BackupRecord backup = await new StoredBackup { Data = StoredBackup.Bytes(2500), PartLength = 1000 }.PutAsync(_storage);
        if (shortened)
            await _storage.PutAsync(backup.Data.Name + part, new byte[1], PutMode.Replace, default);
        else
            await _storage.DeleteAsync(backup.Data.Name + part, default);
        Assert.Empty(await StoredBackup.ListAsync(_storage, _warnings.Add));
        Assert.Contains(backup.Data.Name + part, Assert.Single(_warnings));
    }

    [Fact]
    public async Task A_manifest_that_is_removed_while_it_is_read_is_no_matter()
    {
        BackupRecord backup = await new StoredBackup().PutAsync(_storage);
        var removing = new RemovingStorage(_storage, backup.Data.Name + BackupName.ManifestSuffix);
        Assert.Empty(await StoredBackup.ListAsync(removing, _warnings.Add));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Five_thousand_backups_are_listed_in_order_with_one_walk_and_many_reads_at_once()
    {
        const int Count = 5000;
        for (int i = 0; i < Count; i++)
            await new StoredBackup { Id = BackupName.Id($"db{i % 7}", SampleDump.Started.AddMinutes(i * 37 % Count), 1), Database = $"db{i % 7}" }.PutAsync(_storage);
        _storage.ForgetCalls();
        var counting = new CountingStorage(_storage);
        List<BackupRecord> backups = await StoredBackup.ListAsync(counting, _warnings.Add);
        Assert.Equal(Count, backups.Count);
        Assert.Equal(backups.OrderBy(b => b.Started).ThenBy(b => b.Id, StringComparer.Ordinal).Select(b => b.Id), backups.Select(b => b.Id));
        Assert.Single(_storage.Calls, c => c.Operation == StorageOperation.List);
        Assert.DoesNotContain(_storage.Calls, c => c.Operation == StorageOperation.Find);
        Assert.Equal(Count, _storage.Calls.Count(c => c.Operation == StorageOperation.OpenRead));
        Assert.InRange(counting.MostAtOnce, 2, 32);
    }

    [Fact]
    public async Task One_is_found_by_its_id_without_reading_others()
    {
        for (int i = 1; i <= 9; i++)
            await new StoredBackup { Id = $"my%20app_2025010{i}_000000", Database = "my app" }.PutAsync(_storage);
        await new StoredBackup { Id = "my%20app_20250103_000000_2", Database = "my app" }.PutAsync(_storage);
        _storage.ForgetCalls();
        Assert.Equal("my%20app_20250103_000000", (await FindAsync("my%20app_20250103_000000"))?.Id);
        Assert.Single(_storage.Calls, c => c.Operation == StorageOperation.OpenRead);
        Assert.Equal("my%20app_20250103_000000_2", (await FindAsync("my%20app_20250103_000000_2"))?.Id);
    }

    [Theory]
    [InlineData("elsewhere/app_20250102_030405.sql.gz")]
    [InlineData("app_20250102_030405.sql.gz")]
    [InlineData("before-migration.sql.gz")]
    public async Task One_that_lies_elsewhere_or_was_renamed_is_found_by_its_id(string name)
    {
        // A renamed one names the file it was: which of the two it is only its end tells.
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        byte[] bytes = await dump.ReadAsync();
        await _storage.DeleteAsync(dump.Name, default);
        await _storage.DeleteAsync(dump.ManifestName, default);
        await _storage.PutAsync(name, bytes, PutMode.CreateNew, default);
        await _storage.PutAsync(name + BackupName.ManifestSuffix, FormatJson.Write(dump.Manifest), PutMode.CreateNew, default);
        Assert.Equal(name, (await FindAsync(SampleDump.Id))?.Data.Name);
    }

    [Fact]
    public async Task What_has_no_such_id_is_not_found()
    {
        await new StoredBackup().PutAsync(_storage);
        foreach (string id in (string[])["app_20250102_030406", "app", "", "../x", "app_20250102_030405.sql.gz", "ä_20250102_030405"])
            Assert.Null(await FindAsync(id));
        Assert.Equal(ErrorIds.RepositoryNotFound, (await Assert.ThrowsAsync<StorageException>(
            () => new BackupRepository(new MemoryStorage(_clock), _warnings.Add).FindByIdAsync("app", default))).Id);
    }

    [Fact]
    public async Task The_newest_is_found_without_reading_others()
    {
        for (int i = 1; i <= 9; i++)
            await new StoredBackup { Id = $"app_2025010{i}_000000" }.PutAsync(_storage);
        await new StoredBackup { Id = "app_two_20250301_000000", Database = "app_two" }.PutAsync(_storage);
        _storage.ForgetCalls();
        Assert.Equal("app_20250109_000000", (await NewestAsync())?.Id);
        Assert.Single(_storage.Calls, c => c.Operation == StorageOperation.OpenRead);
    }

    [Fact]
    public async Task Of_one_second_the_later_is_the_newest()
    {
        DateTimeOffset second = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await new StoredBackup { Id = "app_20250101_000000", Started = second.AddMilliseconds(700) }.PutAsync(_storage);
        await new StoredBackup { Id = "app_20250101_000000_2", Started = second.AddMilliseconds(300) }.PutAsync(_storage);
        Assert.Equal("app_20250101_000000", (await NewestAsync())?.Id);
    }

    [Fact]
    public async Task One_that_is_damaged_is_not_the_newest()
    {
        await new StoredBackup { Id = "app_20250101_000000" }.PutAsync(_storage);
        BackupRecord damaged = await new StoredBackup { Id = "app_20250102_000000" }.PutAsync(_storage);
        await _storage.DeleteAsync(damaged.Data.Name, default);
        BackupRecord other = await new StoredBackup { Id = "app_20250103_000000" }.PutAsync(_storage);
        await _storage.PutAsync(other.Data.Name, new byte[1], PutMode.Replace, default);
        Assert.Equal("app_20250101_000000", (await NewestAsync())?.Id);
    }

    [Fact]
    public async Task A_dump_of_another_tool_is_the_newest_where_there_is_nothing_else()
    {
        await _storage.InitializeAsync(default);
        foreach (string name in (string[])["app_20250101_000000.sql", "x/app_20250105_000000.sql", "other.sql"])
            await _storage.PutAsync(name, "SELECT 1;"u8.ToArray(), PutMode.CreateNew, default);
        Assert.Equal("app_20250105_000000", (await NewestAsync())?.Id);
        await new StoredBackup { Id = "app_20240101_000000" }.PutAsync(_storage);
        Assert.Equal("app_20240101_000000", (await NewestAsync())?.Id);
        Assert.Null(await NewestAsync("other"));
    }

    [Fact]
    public async Task The_newest_is_that_of_the_full_listing_whatever_the_names_say()
    {
        var random = new Random(7);
        for (int round = 0; round < 100; round++)
        {
            var storage = new MemoryStorage(_clock, groupsByDatabase: round % 2 == 0);
            await storage.InitializeAsync(default);
            for (int i = 0; i < 6; i++)
            {
                DateTimeOffset started = SampleDump.Started.AddSeconds(random.Next(5));
                string id = BackupName.Id("app", started, random.Next(1, 3));
                switch (random.Next(5))
                {
                    case 0:
                        await storage.PutAsync(random.Next(2) + "/" + id + ".sql", "SELECT 1;"u8.ToArray(), PutMode.Replace, default);
                        break;
                    case 1:
                        // Renamed: the time in the name is not that of the manifest.
                        await new StoredBackup { Id = id, Started = started.AddSeconds(random.Next(-3, 3)) }.PutAsync(storage);
                        break;
                    case 2:
                        await new StoredBackup { Id = id, Started = started, Name = random.Next(3) + "/" + id + ".sql.zst" }.PutAsync(storage);
                        break;
                    case 3:
                        await new StoredBackup { Id = id, Started = started, Name = "mine-" + random.Next(3) + ".sql" }.PutAsync(storage);
                        break;
                    default:
                        await new StoredBackup { Id = id, Started = started.AddMilliseconds(random.Next(1000)) }.PutAsync(storage);
                        break;
                }
            }

            BackupRecord? expected = (await StoredBackup.ListAsync(storage)).Where(b => b.Database == "app")
                .OrderBy(b => b.Manifest is not null).ThenBy(b => b.Started).ThenBy(b => b.Id, StringComparer.Ordinal).LastOrDefault();
            BackupRecord? found = await new BackupRepository(storage, _warnings.Add).FindNewestAsync("app", default);
            Assert.Equal((expected?.Id, expected?.Started), (found?.Id, found?.Started));
        }
    }

    private Task<BackupRecord?> FindAsync(string id) => new BackupRepository(_storage, _warnings.Add).FindByIdAsync(id, default);

    private Task<BackupRecord?> NewestAsync(string database = "app") => new BackupRepository(_storage, _warnings.Add).FindNewestAsync(database, default);

    /// <summary>Somebody removes an object just before it is read.</summary>
    private sealed class RemovingStorage(IStorage inner, string name) : DelegatingStorage(inner)
    {
        public override async Task<Stream> OpenReadAsync(string objectName, long offset, long? length, CancellationToken cancellationToken)
        {
            if (objectName == name)
                await DeleteAsync(name, cancellationToken);
            return await base.OpenReadAsync(objectName, offset, length, cancellationToken);
        }
    }

    /// <summary>Counts how many reads are under way together.</summary>
    private sealed class CountingStorage(IStorage inner) : DelegatingStorage(inner)
    {
        private int _now;
        private int _most;

        public int MostAtOnce => _most;

        public override async Task<Stream> OpenReadAsync(string objectName, long offset, long? length, CancellationToken cancellationToken)
        {
            int now = Interlocked.Increment(ref _now);
            for (int most = _most; now > most; most = _most)
                Interlocked.CompareExchange(ref _most, now, most);
            await Task.Yield();
            try
            {
                return await base.OpenReadAsync(objectName, offset, length, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _now);
            }
        }
    }
}
