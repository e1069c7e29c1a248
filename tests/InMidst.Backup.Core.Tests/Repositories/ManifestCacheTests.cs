using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class ManifestCacheTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly FaultyStorage _storage;
    private readonly string _parent = Directory.CreateTempSubdirectory("midst-cache-").FullName;
    private readonly string _directory;
    private readonly ManifestCache _cache;

    public ManifestCacheTests()
    {
        _storage = new FaultyStorage(new MemoryStorage(_clock));
        _directory = Path.Combine(_parent, "midst");
        _cache = new ManifestCache(_directory, _clock);
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public async Task A_second_listing_reads_no_manifest_and_no_proof_again()
    {
        BackupRecord backup = await PutAsync();
        BackupRecord first = Assert.Single(await ListAsync());
        Assert.Equal(2, Reads());
        BackupRecord second = Assert.Single(await ListAsync());
        Assert.Equal(0, Reads());
        Assert.Equal(FormatJson.Write(first.Manifest!), FormatJson.Write(second.Manifest!));
        Assert.Equal("Passed", second.Proof?.Verdict);

        // Another process has it too.
        Assert.Single(await ListAsync(new ManifestCache(_directory, _clock)));
        Assert.Equal(0, Reads());
        Assert.Equal(backup.Id, second.Id);
    }

    [Fact]
    public async Task What_changed_in_the_storage_is_read_again()
    {
        BackupRecord backup = await PutAsync();
        await ListAsync();
        await new BackupRepository(_storage, static _ => { }).WriteProofAsync(
            backup.Data.Name, SampleRecords.Proof(backup.Manifest!.DataSha256!) with { Verdict = "Failed" }, default);
        Assert.Equal("Failed", Assert.Single(await ListAsync()).Proof?.Verdict);
        await _storage.DeleteAsync(backup.Data.Name + BackupName.ManifestSuffix, default);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Where_there_are_no_versions_nothing_is_kept()
    {
        await PutAsync();
        var plain = new VersionlessStorage(_storage);
        for (int i = 0; i < 2; i++)
        {
            _storage.ForgetCalls();
            Assert.Single(await new BackupRepository(plain, static _ => { }, cache: _cache).ListAsync(default).ToListAsync());
            Assert.Equal(2, Reads());
        }

        Assert.False(Directory.Exists(_directory) && Directory.EnumerateFiles(_directory).Any());
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("flip")]
    [InlineData("other")]
    public async Task What_is_damaged_or_anothers_is_read_from_the_storage(string damage)
    {
        BackupRecord backup = await PutAsync();
        await ListAsync();
        string[] files = Directory.GetFiles(_directory);
        byte[] longest = File.ReadAllBytes(files.MaxBy(f => new FileInfo(f).Length)!);
        foreach (string file in files)
        {
            byte[] bytes = damage switch
            {
                "" => [],
                "garbage" => [1, 2, 3],
                "flip" => [.. File.ReadAllBytes(file)[..^1], (byte)'x'],
                _ => file == files[0] ? File.ReadAllBytes(files[1]) : longest,
            };
            File.WriteAllBytes(file, bytes);
        }

        BackupRecord record = Assert.Single(await ListAsync());
        Assert.Equal(backup.Id, record.Id);
        Assert.Equal("Passed", record.Proof?.Verdict);
        Assert.InRange(Reads(), 1, 2);
        await ListAsync();
        Assert.Equal(0, Reads());
    }

    [Fact]
    public async Task Repositories_with_the_same_names_do_not_share()
    {
        await PutAsync();
        await ListAsync();
        var other = new ShapedStorage(_storage, p => p with { Location = "elsewhere:" });
        _storage.ForgetCalls();
        Assert.Single(await new BackupRepository(other, static _ => { }, cache: _cache).ListAsync(default).ToListAsync());
        Assert.Equal(2, Reads());
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_read_is_not_kept()
    {
        BackupRecord backup = await PutAsync();
        await _storage.PutAsync(backup.Data.Name + BackupName.ManifestSuffix, "{}"u8.ToArray(), PutMode.Replace, default);
        Assert.Empty(await ListAsync());
        Assert.Empty(Directory.Exists(_directory) ? Directory.GetFiles(_directory) : []);
    }

    [Fact]
    public async Task Directory_and_files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
            return; // it has no such modes
        await PutAsync();
        Directory.CreateDirectory(_directory);
        File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        await ListAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory));
        string[] files = Directory.GetFiles(_directory);
        Assert.NotEmpty(files);
        foreach (string file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_used_spares_nothing_and_harms_nothing()
    {
        await PutAsync();
        string file = Path.Combine(_parent, "file");
        File.WriteAllText(file, "");
        var cache = new ManifestCache(Path.Combine(file, "below"), _clock);
        Assert.Single(await ListAsync(cache));
        Assert.Single(await ListAsync(cache));
        Assert.Equal(2, Reads());
    }

    [Fact]
    public async Task What_nobody_asks_for_is_removed_and_what_is_asked_for_stays()
    {
        BackupRecord first = await PutAsync();
        await ListAsync();
        int kept = Directory.GetFiles(_directory).Length;
        for (int day = 0; day < 70; day += 7)
        {
            _clock.Advance(TimeSpan.FromDays(7));
            await ListAsync();
        }

        Assert.Equal(0, Reads());
        await _storage.DeleteAsync(first.Data.Name + BackupName.ManifestSuffix, default);
        _clock.Advance(ManifestCache.MaximumAge + TimeSpan.FromDays(2));
        await PutAsync("app_20250301_000000");
        await ListAsync();
        Assert.Equal(kept, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public async Task The_oldest_go_when_there_is_too_much()
    {
        var small = new ManifestCache(_directory, _clock, maximumLength: 20_000);
        for (int i = 10; i < 30; i++)
        {
            await PutAsync($"app_202501{i}_000000");
            _clock.Advance(TimeSpan.FromMinutes(1));
            await ListAsync(small);
        }

        Assert.InRange(Directory.GetFiles(_directory).Sum(f => new FileInfo(f).Length), 10_000, 20_000);
        Assert.Equal(20, (await ListAsync(small)).Count);
    }

    private async Task<BackupRecord> PutAsync(string id = SampleDump.Id)
    {
        BackupRecord backup = await new StoredBackup { Id = id }.PutAsync(_storage);
        await new BackupRepository(_storage, static _ => { }).WriteProofAsync(
            backup.Data.Name, SampleRecords.Proof(backup.Manifest!.DataSha256!) with { Id = id }, default);
        return backup;
    }

    private int Reads() => _storage.Calls.Count(c => c.Operation == StorageOperation.OpenRead);

    private async Task<List<BackupRecord>> ListAsync(ManifestCache? cache = null)
    {
        _storage.ForgetCalls();
        return await new BackupRepository(_storage, static _ => { }, cache: cache ?? _cache).ListAsync(default).ToListAsync();
    }

    private sealed class VersionlessStorage(IStorage inner) : DelegatingStorage(inner)
    {
        public override IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
            base.ListAsync(prefix, cancellationToken).Select(entry => entry with { Version = null });
    }
}
