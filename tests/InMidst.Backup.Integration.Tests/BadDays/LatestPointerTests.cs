using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The link at the newest backup.</summary>
public sealed class LatestPointerTests(PostgresFixture fixture)
{
    [Fact]
    public async Task After_a_failed_run_it_points_at_the_backup_before()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        BackupRecord before = await scene.RunAsync();
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", "exit 1");
        await scene.FailsAsync(ErrorIds.PgDumpFailed, scene.Options with { BinDirectories = programs.Directories });
        Assert.Equal(before.Data.Name, new FileInfo(Pointer(scene)).LinkTarget);
        await scene.HoldsExactlyAsync(before);
    }

    [Fact]
    public async Task A_file_of_the_user_with_its_name_is_left_alone_with_a_warning()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        Directory.CreateDirectory(scene.Root);
        await File.WriteAllTextAsync(Pointer(scene), "mine", TestContext.Current.CancellationToken);
        BackupRecord backup = await scene.RunAsync();
        Assert.Contains(Path.GetFileName(Pointer(scene)), Assert.Single(scene.Warnings));
        Assert.Equal("mine", await File.ReadAllTextAsync(Pointer(scene), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(scene.Root, backup.Data.Name)));
    }

    [Fact]
    public async Task A_file_of_the_user_with_its_name_survives_another_compression_too()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        Directory.CreateDirectory(scene.Root);
        await File.WriteAllTextAsync(Pointer(scene), "mine", TestContext.Current.CancellationToken);
        await scene.RunAsync(scene.Options with { Compression = CompressionKind.Zstd });
        Assert.Empty(scene.Warnings);
        Assert.Equal("mine", await File.ReadAllTextAsync(Pointer(scene), TestContext.Current.CancellationToken));
    }

    private static string Pointer(BackupScene scene) => Path.Combine(scene.Root, BackupName.Latest(scene.Database, ".sql.gz"));
}
