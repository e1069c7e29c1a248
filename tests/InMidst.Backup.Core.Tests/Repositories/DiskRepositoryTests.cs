using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>Copying, removing and repairing in a real directory.</summary>
public sealed class DiskRepositoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("midst-disk-").FullName;
    private readonly DiskStorage _disk;
    private readonly List<string> _warnings = [];

    public DiskRepositoryTests() => _disk = new DiskStorage(Path.Combine(_root, "backups"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_backup_goes_from_far_to_disk_and_back_and_is_removed()
    {
        byte[] data = StoredBackup.Bytes(2_500_000);
        var far = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 1_000_000);
        BackupRecord stored = await new StoredBackup { Data = data, PartLength = 1_000_000, Globals = [1, 2] }.PutAsync(far);
        BackupRecord copy = await CopyAsync(stored, _disk);
        Assert.Equal(data, await File.ReadAllBytesAsync(PathOf(SampleDump.Id + ".sql.gz")));
        Assert.Equal(data, await File.ReadAllBytesAsync(PathOf("app_latest.sql.gz")));
        Assert.Equal(
            ["app_20250102_030405.globals.sql.gz", "app_20250102_030405.sql.gz", "app_20250102_030405.sql.gz.manifest.json", "app_latest.sql.gz"], Files());

        var back = new MemoryStorage(TimeProvider.System, groupsByDatabase: true, maximumObjectLength: 1_000_000);
        BackupRecord again = await CopyAsync(copy, back);
        Assert.Equal(FormatJson.Write(stored.Manifest!), FormatJson.Write(again.Manifest!));

        Assert.Equal(RemovalStatus.Removed, (await new BackupRemoval(TimeProvider.System, _warnings.Add).RunAsync(copy, default)).Status);
        Assert.Empty(Files());
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_file_that_a_killed_run_left_and_a_lost_manifest_are_repaired()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Zstd, _disk, withManifest: false);
        string left = PathOf(".app_20250103_000000.sql.gz." + Guid.NewGuid().ToString("N") + ".midst-tmp");
        await File.WriteAllTextAsync(left, "half");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddDays(-2));
        var repair = new RepositoryRepair(_disk, TimeProvider.System, _warnings.Add, RepositoryRepair.DefaultMinimumAge);
        List<RepairFinding> findings = await repair.FindAsync(default).ToListAsync();
        Assert.Equal([RepairKind.UnfinishedUpload, RepairKind.LostManifest], findings.Select(f => f.Kind));
        Assert.Equal(4, findings[0].Length);
        foreach (RepairFinding finding in findings)
            Assert.True(await repair.RepairAsync(finding, default));
        Assert.False(File.Exists(left));
        Assert.Equal(dump.Name, Assert.Single(await StoredBackup.ListAsync(_disk)).Data.Name);
        Assert.Equal(await dump.ReadAsync(), await File.ReadAllBytesAsync(PathOf("app_latest.sql.zst")));
        Assert.Empty(await repair.FindAsync(default).ToListAsync());
    }

    private string PathOf(string name) => Path.Combine(_root, "backups", name);

    private List<string> Files() =>
        [.. Directory.EnumerateFiles(PathOf("")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private Task<BackupRecord> CopyAsync(BackupRecord backup, IStorage target) =>
        new BackupCopying(target, TimeProvider.System, _warnings.Add).RunAsync([backup], new Progress<OperationProgress>(), default);
}
