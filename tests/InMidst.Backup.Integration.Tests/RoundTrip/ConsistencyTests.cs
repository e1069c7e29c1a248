using InMidst.Backup.Core;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>The application goes on writing while the backup runs.</summary>
public sealed class ConsistencyTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Fact]
    public async Task What_is_written_after_the_snapshot_is_not_in_the_dump()
    {
        string name = await MakeAsync();
        string before = await _scene.DumpAsync(name);
        BackupRecord backup = await BackupAsync(name, report => report.Status == "Reading the schema", """
            INSERT INTO first SELECT generate_series(1001, 2000);
            DELETE FROM second WHERE id % 2 = 0;
            UPDATE second SET id = -id;
            CREATE TABLE later AS SELECT 1 AS id;
            """);
        Assert.Equal((1000, 1000), (Rows(backup, "first"), Rows(backup, "second")));
        Assert.Equal(2, backup.Manifest!.Tables.Count);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(before, await _scene.DumpAsync(copy));
    }

    [Fact]
    public async Task What_is_written_between_two_tables_is_not_in_the_dump()
    {
        string name = await MakeAsync();
        BackupRecord backup = await BackupAsync(name, report => report.Status == "public.second", """
            INSERT INTO first SELECT generate_series(1001, 2000);
            INSERT INTO second SELECT generate_series(1001, 2000);
            """);
        Assert.Equal((1000, 1000), (Rows(backup, "first"), Rows(backup, "second")));
    }

    [Theory]
    [InlineData("TRUNCATE second")]
    [InlineData("DROP TABLE second")]
    [InlineData("ALTER TABLE second ALTER id TYPE bigint")]
    [InlineData("VACUUM FULL second")]
    [InlineData("CLUSTER second USING second_pkey")]
    public async Task What_would_empty_or_rewrite_a_table_waits_for_the_backup(string statement)
    {
        string name = await MakeAsync();
        string before = await _scene.DumpAsync(name);
        PostgresServerException? refused = null;
        BackupRecord backup = await _scene.BackupAsync(name, heard: report =>
        {
            if (report.Status == "Reading the schema")
            {
                refused = Assert.Throws<PostgresServerException>(() => _scene.Server.PsqlAsync(
                    name, $"SET lock_timeout = '100ms';\n{statement};").GetAwaiter().GetResult());
            }
        });
        Assert.Contains("lock timeout", refused!.Message);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(before, await _scene.DumpAsync(copy));
    }

    public void Dispose() => _scene.Dispose();

    private static long Rows(BackupRecord backup, string table) => backup.Manifest!.Tables.Single(t => t.Name == table).Rows;

    private async Task<string> MakeAsync()
    {
        string name = RoundTripScene.NewName("busy");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, """
            CREATE TABLE first (id int PRIMARY KEY);
            CREATE TABLE second (id int PRIMARY KEY);
            INSERT INTO first SELECT generate_series(1, 1000);
            INSERT INTO second SELECT generate_series(1, 1000);
            """);
        return name;
    }

    /// <summary>The dump stands still at the first such report until the other session has committed.</summary>
    private async Task<BackupRecord> BackupAsync(string name, Func<OperationProgress, bool> moment, string sql)
    {
        bool done = false;
        BackupRecord backup = await _scene.BackupAsync(name, heard: report =>
        {
            if (done || !moment(report))
                return;
            done = true;
            _scene.Server.PsqlAsync(name, sql).GetAwaiter().GetResult();
        });
        Assert.True(done);
        return backup;
    }
}
