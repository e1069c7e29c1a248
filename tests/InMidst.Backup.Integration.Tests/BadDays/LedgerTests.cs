using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>
/// Money moves between accounts, and accounts between tables, all the time; the sum and the number of accounts never change. Meanwhile
/// somebody rewrites, empties, drops, renames and alters tables. What comes back from a backup must add up as the source does.
/// </summary>
public sealed class LedgerTests(PostgresFixture fixture)
{
    private const int Movers = 3;
    private const int Accounts = 600;

    private static readonly string[] Tables = ["assets", "debts", "savings"];

    // At each moment of a backup one of these, in turn.
    private static readonly string[] Changes =
    [
        "TRUNCATE scratch; INSERT INTO scratch SELECT generate_series(1, 100)",
        "CLUSTER debts USING debts_pkey",
        "CREATE TABLE fresh AS SELECT * FROM scratch",
        "BEGIN; ALTER TABLE savings RENAME TO savings_old; CREATE TABLE savings (LIKE savings_old INCLUDING ALL); "
            + "INSERT INTO savings SELECT * FROM savings_old; TRUNCATE savings_old; COMMIT; DROP TABLE savings_old",
        "VACUUM FULL assets",
        "ALTER TABLE assets ADD COLUMN remark text",
        "CREATE INDEX debts_amount ON debts (amount)",
        "DROP TABLE fresh",
        "ALTER TABLE debts ALTER amount TYPE numeric",
        "ALTER TABLE assets DROP COLUMN remark",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sum_that_is_constant_in_the_source_is_constant_in_every_backup()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, Ledger());
        Assert.Equal(await SumAsync(scene, scene.Database), $"{Accounts}|{Accounts}|{Accounts * 1000}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<int>[] movers = [.. Enumerable.Range(0, Movers).Select(mover => Task.Run(() => MoveAsync(scene, mover, stop.Token)))];
        Task changes = Task.CompletedTask;
        int next = 0;
        var backups = new List<BackupRecord>();
        while (next < Changes.Length || backups.Count < 3)
        {
            var moments = new HashSet<string>();
            void Change(string moment)
            {
                // They queue up behind each other, and behind us where they need the table for themselves.
                if (next < Changes.Length && moments.Count < 3 && moments.Add(moment))
                    changes = ChangeAsync(scene, changes, Changes[next++]);
            }

            try
            {
                backups.Add(await scene.RunAsync(
                    scene.Options with { LockTimeout = TimeSpan.FromMilliseconds(500) }, progress: step => Change(step.Status)));
            }
            catch (BackupException e) when (e.Id == ErrorIds.TableLocked)
            {
                // Twice in a row somebody changed a table between our locks and pg_dump's.
            }
        }

        await changes;
        await stop.CancelAsync();
        int[] moved = await Task.WhenAll(movers);
        Assert.All(moved, moves => Assert.True(moves > 20, $"Only {moves} moves were made."));
        Assert.Equal(await SumAsync(scene, scene.Database), $"{Accounts}|{Accounts}|{Accounts * 1000}");
        foreach (BackupRecord backup in backups)
            Assert.Equal($"{Accounts}|{Accounts}|{Accounts * 1000}", await SumAsync(scene, await RestoreAsync(scene, backup)));
    }

    private static string Ledger() => string.Concat(Tables.Select((table, i) => string.Create(CultureInfo.InvariantCulture, $"""
        CREATE TABLE {table} (id int PRIMARY KEY, amount bigint NOT NULL, padding text NOT NULL DEFAULT repeat('x', 500));
        INSERT INTO {table} SELECT i, 1000 FROM generate_series({i}, {Accounts - 1}, {Tables.Length}) i;

        """))) + "CREATE TABLE scratch (id int);";

    // Each mover has accounts of its own, so that no two wait for each other with something in their hands.
    private static async Task<int> MoveAsync(BackupScene scene, int mover, CancellationToken cancellationToken)
    {
        var random = new Random(mover);
        int moves = 0;
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            scene.Address, scene.Database, new ConnectorOptions { ApplicationName = "mover" }, cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            string[] tables = [.. Tables.OrderBy(_ => random.Next())];
            int Account() => mover + (Movers * random.Next(Accounts / Movers));
            string sql = random.Next(2) == 0
                ? string.Create(CultureInfo.InvariantCulture, $"""
                    WITH given AS MATERIALIZED (SELECT id FROM {tables[1]} WHERE id % {Movers} = {mover} LIMIT 1),
                         taken AS (UPDATE {tables[0]} SET amount = amount - 7 WHERE id = {Account()} AND EXISTS (SELECT FROM given) RETURNING id)
                    UPDATE {tables[1]} SET amount = amount + 7 WHERE id = (SELECT id FROM given) AND EXISTS (SELECT FROM taken)
                    """)
                : string.Create(CultureInfo.InvariantCulture, $"""
                    WITH gone AS (DELETE FROM {tables[0]} WHERE id = {Account()} RETURNING id, amount)
                    INSERT INTO {tables[1]} (id, amount) SELECT id, amount FROM gone
                    """);
            moves += await TryAsync(connection, sql);
        }

        return moves;
    }

    private static async Task ChangeAsync(BackupScene scene, Task before, string sql)
    {
        await before;
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            scene.Address, scene.Database, new ConnectorOptions { ApplicationName = "administrator" }, Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>A table that is being replaced, or a deadlock with who does so, undoes one move.</summary>
    private static async Task<int> TryAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteNonQueryAsync(Token) > 0 ? 1 : 0;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UndefinedTable)
        {
            return 0;
        }
    }

    private static Task<string> SumAsync(BackupScene scene, string database) => scene.Server.PsqlAsync(database, $"""
        SELECT count(*), count(DISTINCT id), sum(amount)
        FROM ({string.Join(" UNION ALL ", Tables.Select(table => $"SELECT id, amount FROM {table}"))}) accounts
        """);

    private static async Task<string> RestoreAsync(BackupScene scene, BackupRecord backup)
    {
        string copy = "ledger_" + Guid.NewGuid().ToString("N")[..8];
        await new DatabaseRestore(new RestoreOptions { Address = scene.Address, TargetDatabase = copy }, TimeProvider.System, scene.Warnings.Enqueue)
            .RunAsync(backup, new Steps(null), Token);
        return copy;
    }
}
