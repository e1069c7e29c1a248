using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The repository has no room, or cannot be written.</summary>
public sealed class FullRepositoryTests(PostgresFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(".sql.gz", StorageOperation.BeginPut)]
    [InlineData(".sql.gz", StorageOperation.Write)]
    [InlineData(".sql.gz", StorageOperation.Complete)]
    [InlineData(".globals.sql.gz", StorageOperation.Write)]
    [InlineData(".manifest.json", StorageOperation.Write)]
    [InlineData(".manifest.json", StorageOperation.Complete)]
    [InlineData(".json", StorageOperation.Write)]
    public async Task The_disk_is_full_at(string suffix, StorageOperation operation)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        BackupRecord before = await scene.RunAsync();
        var storage = new FaultyStorage(scene.Storage)
        {
            Fault = new StorageFault(
                call => call.Operation == operation && call.Name.EndsWith(suffix, StringComparison.Ordinal),
                FaultMoment.Before,
                call => new StorageException(ErrorIds.RepositoryFull, $"No room is left for '{call.Name}'.", isPermanent: true, target: call.Name)),
        };
        await scene.FailsAsync(ErrorIds.RepositoryFull, storage: storage);
        await scene.HoldsExactlyAsync(before);
        await scene.HoldsExactlyAsync(before, await scene.RunAsync());
    }

    // The limit of the process stands for the end of the disk: no root and no mount is needed for it.
    [Fact]
    public async Task The_file_system_takes_no_more_in_the_middle_of_the_data()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server,
            "CREATE TABLE t AS SELECT i, md5(i::text) || md5((i * 7)::text) AS a FROM generate_series(1, 60000) i");
        BackupRecord before = await scene.RunAsync();
        Assert.True(before.Data.Length > 2_000_000, $"{before.Data.Length} bytes do not reach the limit.");
        string[] files = scene.Files();
        await using (ChildProcess process = BackupProcess.Start(scene, "trap '' XFSZ; ulimit -f 2048"))
        {
            ChildExit exit = await process.WaitForExitAsync(Token);
            Assert.True(exit.Code == BackupProcess.Failed, exit.StandardErrorTail);
            Assert.StartsWith(ErrorIds.RepositoryFull.ToString(), exit.StandardErrorTail);
        }

        Assert.Equal(files, scene.Files());
        await scene.HoldsExactlyAsync(before, await scene.RunAsync());
    }

    [Fact]
    public async Task A_server_that_sends_much_is_stopped_when_the_disk_is_full()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server,
            "CREATE TABLE t AS SELECT i, repeat('x', 3000) AS a FROM generate_series(1, 30000) i");
        var storage = new FaultyStorage(scene.Storage)
        {
            Fault = new StorageFault(
                call => call.Operation == StorageOperation.Write && call.Name.EndsWith(".sql", StringComparison.Ordinal),
                FaultMoment.Before,
                call => new StorageException(ErrorIds.RepositoryFull, "No room is left.", isPermanent: true, target: call.Name)),
        };
        await scene.FailsAsync(ErrorIds.RepositoryFull, scene.Options with { Compression = CompressionKind.None }, storage);
        Assert.Contains(fixture.Server.ReadLog().Split('\n'), line =>
            line.Contains($"@{scene.Database} ", StringComparison.Ordinal) && line.Contains("canceling statement", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_repository_lies_below_a_regular_file()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        string file = Path.Combine(scene.Sub("place"), "file");
        await File.WriteAllTextAsync(file, "mine", Token);
        foreach (string root in new[] { file, Path.Combine(file, "deeper"), Path.Combine(file, "deeper", "still") })
        {
            BackupException failure = await scene.FailsAsync(ErrorIds.RepositoryNotFound, storage: new DiskStorage(root));
            Assert.Contains($"'{file}' is a file", failure.Message);
            Assert.Equal("mine", await File.ReadAllTextAsync(file, Token));
        }
    }

    // Of sysfs not even root can make a directory.
    [Theory]
    [InlineData("/sys/midst-backups")]
    [InlineData("/sys/kernel")]
    public async Task The_repository_cannot_be_written(string root)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        BackupException failure = await scene.FailsAsync(ErrorIds.RepositoryAccessDenied, storage: new DiskStorage(root));
        Assert.Contains(root, failure.Message);
        await scene.NobodyIsLeftAsync();
    }
}
