using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>What is backed up is a standby, which follows its primary whatever we do.</summary>
[Collection(nameof(StandbyPair))]
public sealed class StandbyTests(StandbyPair pair) : IDisposable
{
    private const string Schema = "Reading the schema";
    private const string Big = "public.big";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _database = "standby_" + Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _warnings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unlogged_tables_come_back_empty_and_are_named()
    {
        await MakeAsync("""
            CREATE UNLOGGED TABLE "Fleeting" (id int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now());
            INSERT INTO "Fleeting" DEFAULT VALUES;
            CREATE UNLOGGED TABLE cache (k text);
            """);
        BackupRecord backup = await BackupAsync(pair.Standby);
        Assert.Equal(2, backup.Manifest!.Totals.SkippedUnloggedTables);
        Assert.Contains("public.\"Fleeting\", public.cache", Assert.Single(_warnings));
        string copy = await RestoreAsync(backup);
        Assert.Equal(await RowsAsync(_database), await RowsAsync(copy));
        Assert.Equal("0", await pair.Primary.PsqlAsync(copy, "SELECT count(*) FROM \"Fleeting\", cache"));
    }

    // An idle session is ended, a statement cancelled; by a lock or by rows that are gone.
    [Theory]
    [InlineData(Schema, 0, 1, "TRUNCATE other")]
    [InlineData(Big, 0, 2, "TRUNCATE other")]
    [InlineData(Big, 1, 1, "TRUNCATE other")]
    [InlineData(Big, 1, 1, "DELETE FROM other; VACUUM other")]
    [InlineData(Big, 1, 2, "DELETE FROM other; VACUUM other")]
    public async Task A_recovery_conflict_starts_the_backup_anew(string moment, long bytes, int workers, string conflict)
    {
        await MakeAsync("");
        BackupRecord backup = await BackupAsync(pair.Standby, Once(moment, bytes, conflict), workers);
        Assert.Contains("begins anew", Assert.Single(_warnings));
        string copy = await RestoreAsync(backup);
        Assert.Equal(await RowsAsync(_database), await RowsAsync(copy));
        Assert.Equal("0", await pair.Primary.PsqlAsync(copy, "SELECT count(*) FROM other"));
    }

    [Fact]
    public async Task A_second_recovery_conflict_is_an_error_that_names_the_settings_of_the_server()
    {
        await MakeAsync("");
        Action<string, long> once = Once(Big, 1, "TRUNCATE other"), again = Once(Big, 1, "TRUNCATE another");
        int attempt = 0;
        BackupException failure = await Assert.ThrowsAsync<BackupException>(() => BackupAsync(pair.Standby, (status, bytes) =>
        {
            if (status == "Taking the snapshot")
                attempt++;
            (attempt == 1 ? once : again)(status, bytes);
        }));
        Assert.Equal(ErrorIds.RecoveryConflict, failure.Id);
        Assert.Contains("hot_standby_feedback", failure.Guidance);
        Assert.Contains("max_standby_streaming_delay", failure.Guidance);
        Assert.Equal(2, attempt);
        Assert.Empty(Directory.EnumerateFiles(_directory.Path, "*.gz*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("Listing the tables")]
    [InlineData("Taking the snapshot")]
    [InlineData(Schema)]
    [InlineData(Big)]
    public async Task A_standby_that_is_promoted_meanwhile_is_backed_up_as_it_was_at_the_snapshot(string moment)
    {
        await MakeAsync("CREATE UNLOGGED TABLE cache (k text); INSERT INTO cache VALUES ('gone with the promotion');");
        string before = await RowsAsync(_database);
        await using PostgresServer standby = await pair.StartStandbyAsync();
        await pair.CatchUpAsync(standby);
        bool done = false;
        BackupRecord backup = await BackupAsync(standby, (status, _) =>
        {
            if (done || status != moment)
                return;
            done = true;
            standby.PromoteAsync().GetAwaiter().GetResult();
            if (status is Schema or Big)
                standby.PsqlAsync(_database, "INSERT INTO other SELECT 1; DELETE FROM big").GetAwaiter().GetResult();
        });
        Assert.True(done);
        string copy = await RestoreAsync(backup);
        Assert.Equal(before, await RowsAsync(copy));
        Assert.Equal("0", await pair.Primary.PsqlAsync(copy, "SELECT count(*) FROM cache"));
    }

    public void Dispose() => _directory.Dispose();

    private async Task MakeAsync(string sql)
    {
        await pair.Primary.CreateDatabaseAsync(_database);
        await pair.Primary.PsqlAsync(_database, """
            CREATE TABLE another (id int); INSERT INTO another SELECT generate_series(1, 100);
            CREATE TABLE big (id serial PRIMARY KEY, word text); INSERT INTO big (word) SELECT repeat(md5(i::text), 10) FROM generate_series(1, 15000) i;
            CREATE TABLE other (id int); INSERT INTO other SELECT generate_series(1, 100);
            CREATE TABLE zones (id int); INSERT INTO zones SELECT generate_series(1, 100);
            """ + sql);
        await pair.CatchUpAsync(pair.Standby);
    }

    private Task<BackupRecord> BackupAsync(PostgresServer server, Action<string, long>? step = null, int workers = 2)
    {
        var options = new DumpOptions
        {
            Address = Address(server), Database = _database, Tool = "InMidst.Backup 0.0", Workers = workers, LockTimeout = TimeSpan.FromSeconds(20),
        };
        return new OneRepositoryDump(options, new DiskStorage(_directory.Path), TimeProvider.System, _warnings.Add)
            .RunAsync(new Steps(report => step?.Invoke(report.Status, report.Bytes)), Token);
    }

    /// <summary>At that moment, when so many bytes have been read, the primary does something that the standby cannot follow while we read.</summary>
    private Action<string, long> Once(string moment, long bytes, string conflict)
    {
        bool done = false;
        int before = 0;
        return (status, read) =>
        {
            if (!done && status == moment && read >= bytes)
            {
                done = true;
                before = Conflicts();
                foreach (string sql in conflict.Split("; "))
                    pair.Primary.PsqlAsync(_database, sql).GetAwaiter().GetResult();
                string position = pair.Primary.PsqlAsync("postgres", "SELECT pg_current_wal_flush_lsn()").GetAwaiter().GetResult();
                Eventually.TrueAsync(() => pair.Standby.PsqlAsync("postgres", $"SELECT pg_last_wal_receive_lsn() >= '{position}'").GetAwaiter().GetResult() == "t",
                    "the standby has received it").GetAwaiter().GetResult();
                // Who is blocked writing to us is cancelled only when we read on.
                if (bytes == 0)
                    Eventually.TrueAsync(() => Conflicts() > before, "our session is ended").GetAwaiter().GetResult();
            }
            else if (done && status == "public.zones" && Conflicts() == before)
            {
                Eventually.TrueAsync(() => Conflicts() > before, "our session is ended").GetAwaiter().GetResult();
            }
        };
    }

    private int Conflicts() => int.Parse(pair.Standby.PsqlAsync(
        "postgres", $"SELECT confl_lock + confl_snapshot FROM pg_stat_database_conflicts WHERE datname = '{_database}'").GetAwaiter().GetResult());

    private Task<string> RowsAsync(string database) => pair.Primary.PsqlAsync(database, """
        SELECT (SELECT count(*) FROM another), (SELECT md5(string_agg(b::text, '' ORDER BY id)) FROM big b), (SELECT count(*) FROM other),
               (SELECT count(*) FROM zones), (SELECT last_value FROM big_id_seq) >= 15000
        """);

    private async Task<string> RestoreAsync(BackupRecord backup)
    {
        string copy = "copy_of_" + _database;
        await new DatabaseRestore(new RestoreOptions { Address = Address(pair.Primary), TargetDatabase = copy }, TimeProvider.System, _warnings.Add)
            .RunAsync(backup, new Steps(null), Token);
        return copy;
    }

    private ServerAddress Address(PostgresServer server) => new()
    {
        Host = server.Host, Port = server.Port, UserName = server.UserName, Password = server.Password, Database = _database,
    };
}
