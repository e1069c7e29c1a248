using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Somebody changes the schema without a pause while backups run.</summary>
public sealed class DdlStormTests(PostgresFixture fixture)
{
    private const int Tables = 12;
    private const int Attempts = 6;

    // Each keeps the rule that both halves of a pair have the same number of rows.
    private static readonly string[] Storm =
    [
        "BEGIN; TRUNCATE left_{0}; TRUNCATE right_{0}; COMMIT",
        "BEGIN; INSERT INTO left_{0} SELECT generate_series(1, 50); INSERT INTO right_{0} SELECT generate_series(1, 50); COMMIT",
        "BEGIN; DROP TABLE left_{0}, right_{0}; CREATE TABLE left_{0} (id bigint); CREATE TABLE right_{0} (id int); COMMIT",
        "ALTER TABLE left_{0} ALTER id TYPE numeric",
        "ALTER TABLE right_{0} RENAME TO moving_{0}; ALTER TABLE moving_{0} RENAME TO right_{0}",
        "CREATE OR REPLACE VIEW both_{0} AS SELECT 1; DROP VIEW both_{0}",
        "CREATE FUNCTION f_{0}(i int) RETURNS int LANGUAGE sql AS 'SELECT i'; DROP FUNCTION f_{0}(int)",
        "VACUUM FULL left_{0}",
        "CREATE SCHEMA s_{0}; CREATE TABLE s_{0}.t (id serial); ALTER SCHEMA s_{0} RENAME TO r_{0}; DROP SCHEMA r_{0} CASCADE",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_in_a_storm_of_ddl_is_consistent_and_restores_or_fails_with_a_clear_error()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, string.Concat(Enumerable.Range(0, Tables).Select(i => $"""
            CREATE TABLE left_{i} (id bigint); CREATE TABLE right_{i} (id int);
            INSERT INTO left_{i} SELECT generate_series(1, 100); INSERT INTO right_{i} SELECT generate_series(1, 100);

            """)));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] storms = [.. Enumerable.Range(0, 2).Select(seed => Task.Run(() => BlowAsync(scene, seed, stop.Token)))];
        var backups = new List<BackupRecord>();
        for (int i = 0; i < Attempts && backups.Count < 3; i++)
        {
            try
            {
                backups.Add(await scene.RunAsync(scene.Options with { LockTimeout = TimeSpan.FromMilliseconds(300) }));
            }
            catch (BackupException e)
            {
                Assert.True(e.Id == ErrorIds.TableLocked || e.Id == ErrorIds.SourceChanged, e.ToString());
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(storms);
        backups.Add(await scene.RunAsync()); // after a storm all is well
        await scene.HoldsExactlyAsync([.. backups]);
        foreach (BackupRecord backup in backups)
            Assert.Equal("", await UnequalAsync(scene, await RestoreAsync(scene, backup)));
    }

    private static async Task BlowAsync(BackupScene scene, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            scene.Address, scene.Database, new ConnectorOptions { ApplicationName = "storm" }, cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            // Each storm has tables of its own.
            string number = ((2 * random.Next(Tables / 2)) + seed).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await using var command = new NpgsqlCommand(Storm[random.Next(Storm.Length)].Replace("{0}", number, StringComparison.Ordinal), connection);
            await command.ExecuteNonQueryAsync(Token);
        }
    }

    /// <summary>The pairs whose halves are not of one moment.</summary>
    private static Task<string> UnequalAsync(BackupScene scene, string database) => scene.Server.PsqlAsync(database, string.Join(" UNION ALL ",
        Enumerable.Range(0, Tables).Select(i => $"SELECT {i} WHERE (SELECT count(*) FROM left_{i}) <> (SELECT count(*) FROM right_{i})")));

    private static async Task<string> RestoreAsync(BackupScene scene, BackupRecord backup)
    {
        string copy = "storm_" + Guid.NewGuid().ToString("N")[..8];
        await new DatabaseRestore(new RestoreOptions { Address = scene.Address, TargetDatabase = copy }, TimeProvider.System, scene.Warnings.Enqueue)
            .RunAsync(backup, new Steps(null), Token);
        return copy;
    }
}
