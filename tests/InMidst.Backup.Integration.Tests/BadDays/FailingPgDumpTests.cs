using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>pg_dump is missing, too old, or breaks off; pg_dumpall is refused.</summary>
public sealed class FailingPgDumpTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Every_pg_dump_is_older_than_the_server()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        var programs = new FakePrograms(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", "exit 1", version: "9.6.1");
        BackupException failure = await FailsAsync(scene, programs, ErrorIds.PgDumpTooOld);
        Assert.Contains("9.6.1", failure.Message);
        Assert.Contains(programs.Directories[0], failure.Message);
    }

    [Fact]
    public async Task There_is_no_pg_dump()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "");
        var programs = new FakePrograms(scene.Sub("bin"), fixture.Server);
        BackupException failure = await FailsAsync(scene, programs, ErrorIds.PgDumpNotFound);
        Assert.Contains(programs.Directories[0], failure.Message);
    }

    [Theory]
    [InlineData("echo 'pg_dump: error: the disk fell off' >&2; exit 1", "the disk fell off")]
    [InlineData("{0} | head -c 700; exit 1", "exit code 1")]
    [InlineData("{0} | head -c 700; exit 0", "end of file")]
    [InlineData("exit 0", "not whole")]
    [InlineData("{0} | head -c 700; kill -9 $$", "exit code 137")]
    public Task Pg_dump_breaks_off(string body, string named) => ProgramBreaksOffAsync("pg_dump", body, named);

    [Theory]
    [InlineData("echo 'pg_restore: error: the disk fell off' >&2; exit 1", "the disk fell off")]
    [InlineData("{0} | head -c 700; exit 1", "exit code 1")]
    [InlineData("{0} | head -c 700; exit 0", "not whole")]
    [InlineData("{0} | sed '/database dump complete/d'; exit 0", "not whole")]
    [InlineData("exit 0", "not whole")]
    [InlineData("{0} | head -c 700; kill -9 $$", "exit code 137")]
    [InlineData("printf 'SELECT $$ never closed'; exit 0", "not whole")]
    public async Task Pg_restore_breaks_off(string body, string named)
    {
        foreach (string section in new[] { "pre-data", "post-data" })
            await ProgramBreaksOffAsync("pg_restore", $"case \"$*\" in *--section={section}*) {body};; *) {{0}};; esac", named);
    }

    [Fact]
    public async Task There_is_no_pg_restore()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        var programs = new FakePrograms(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", programs.Real("pg_dump"));
        BackupException failure = await FailsAsync(scene, programs, ErrorIds.PgDumpFailed);
        Assert.Contains("pg_restore", failure.Message);
        await scene.NobodyIsLeftAsync();
    }

    [Theory]
    [InlineData("echo 'pg_dumpall: error: cache lookup failed for role 4711' >&2; exit 1", "role 4711")]
    [InlineData("{0} | head -c 200; exit 0", "not whole")]
    [InlineData("exit 0", "not whole")]
    public async Task Without_roles_and_tablespaces_the_backup_is_made_with_a_warning(string body, string named)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dumpall", body.Replace("{0}", programs.Call("pg_dumpall")));
        BackupRecord backup = await scene.RunAsync(scene.Options with { BinDirectories = programs.Directories });
        Assert.Contains(named, Assert.Single(scene.Warnings));
        Assert.Equal("data", Assert.Single(backup.Manifest!.Objects).Role);
        await scene.HoldsExactlyAsync(backup);
    }

    [Fact]
    public async Task A_missing_pg_dumpall_is_a_warning()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        var programs = new FakePrograms(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", programs.Real("pg_dump"));
        await programs.ReplaceAsync("pg_restore", programs.Real("pg_restore"));
        BackupRecord backup = await scene.RunAsync(scene.Options with { BinDirectories = programs.Directories });
        Assert.Contains("pg_dumpall", Assert.Single(scene.Warnings));
        await scene.HoldsExactlyAsync(backup);
    }

    private async Task ProgramBreaksOffAsync(string program, string body, string named)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync(program, body.Replace("{0}", programs.Call(program)));
        BackupException failure = await FailsAsync(scene, programs, ErrorIds.PgDumpFailed);
        Assert.Contains(named, failure.Message);
        Assert.Contains(scene.Database, failure.Message);
        await scene.NobodyIsLeftAsync();
    }

    private static Task<BackupException> FailsAsync(BackupScene scene, FakePrograms programs, ErrorId id) =>
        scene.FailsAsync(id, scene.Options with { BinDirectories = programs.Directories });
}
