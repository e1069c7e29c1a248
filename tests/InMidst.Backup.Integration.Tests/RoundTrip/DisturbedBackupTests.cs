using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>
/// Other sessions empty, rewrite, replace and rename what is being backed up, at each moment of the backup. Each of them also marks in
/// another table that it did: what comes back must be the mark together with the deed, or neither.
/// </summary>
public sealed class DisturbedBackupTests(PostgresFixture fixture) : IDisposable
{
    private const string Listing = "Listing the tables";
    private const string Locking = "Locking the tables";
    private const string Taking = "Taking the snapshot";
    private const string LockingNew = "Locking tables that are new";
    private const string Schema = "Reading the schema";

    // What a database holds, independent of where rows lie: columns and rows of each table, values of each sequence, by schema and name.
    private const string Fingerprints = """
        SELECT format('%s (%s) %s', c.oid::regclass,
                      (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
                       FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
                      CASE c.relkind WHEN 'S' THEN replace(query_to_xml(format('SELECT last_value, is_called FROM %s', c.oid::regclass), false, true, '')::text, E'\n', '')
                           ELSE md5(query_to_xml(format('SELECT * FROM ONLY %s t ORDER BY t::text', c.oid::regclass), true, false, '')::text) END)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> 'marks'
        ORDER BY n.nspname, c.relname
        """;

    // Each in a table named like it, and in a transaction with its mark where the server allows that.
    private static readonly (string Name, string Deed)[] Deeds =
    [
        ("altered", "ALTER TABLE altered ALTER id TYPE bigint; UPDATE altered SET id = -id"),
        ("clustered", "CLUSTER clustered USING clustered_pkey"),
        ("dropped", "DROP TABLE dropped"),
        ("refilled", "DELETE FROM refilled; INSERT INTO refilled VALUES (1, 'refilled')"),
        ("renamed", "ALTER TABLE renamed RENAME COLUMN word TO id2; ALTER TABLE renamed RENAME COLUMN other TO word; ALTER TABLE renamed RENAME COLUMN id2 TO other"),
        ("replaced", "DROP TABLE replaced; CREATE TABLE replaced (id int PRIMARY KEY, word text); INSERT INTO replaced VALUES (1, 'replaced')"),
        ("rotated", "ALTER TABLE rotated RENAME TO rotated_old; CREATE TABLE rotated (id int, word text); TRUNCATE rotated_old"),
        ("truncated", "TRUNCATE truncated"),
        ("vacuumed", "VACUUM FULL vacuumed"),
    ];

    private readonly RoundTripScene _scene = new(fixture);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Listing, 0)]
    [InlineData(Locking, 0, "altered", "clustered", "truncated", "vacuumed")]
    [InlineData(Locking, 0, "dropped", "replaced", "rotated")]
    [InlineData(Taking, 8)]
    [InlineData(Schema, 8)]
    [InlineData("public.truncated", 8)]
    public async Task Whatever_is_done_to_a_table_at_a_moment_comes_back_whole_or_not_at_all(string moment, int waiting, params string[] tables)
    {
        (string Name, string Deed)[] deeds = [.. Deeds.Where(d => tables.Length == 0 || tables.Contains(d.Name))];
        string name = await MakeAsync(deeds.Select(d => d.Name));
        string before = await FingerprintAsync(name);
        await using var others = new Disturbance(_scene, fixture.Address, name);
        BackupRecord backup = await BackupAsync(name, (moment, () =>
        {
            others.Start([.. deeds.Select(Marked)]);
            Assert.Equal(waiting, others.Waiting);
        }));
        await others.EndAsync();
        await ComesBackAsync(backup, before, await FingerprintAsync(name));
    }

    // They are in the snapshot, but nothing protected them before. Each group is told by something else: files, names, columns.
    [Theory]
    [InlineData("altered", "clustered", "truncated", "vacuumed")]
    [InlineData("dropped", "replaced", "rotated")]
    [InlineData("renamed")]
    public async Task Whatever_is_done_to_tables_that_appeared_before_they_are_locked_is_noticed(params string[] tables)
    {
        (string Name, string Deed)[] deeds = [.. Deeds.Where(d => tables.Contains(d.Name))];
        string name = await MakeAsync([]);
        string before = "";
        await using var others = new Disturbance(_scene, fixture.Address, name);
        BackupRecord backup = await BackupAsync(name,
            (Locking, () =>
            {
                others.Start([.. deeds.Select(d => $"{MakeTable(d.Name)}; INSERT INTO marks VALUES ('{d.Name}', 'before')")]);
                before = FingerprintAsync(name).GetAwaiter().GetResult();
            }),
            (LockingNew, () => others.Start([.. deeds.Select(Marked)])));
        await others.EndAsync();
        await ComesBackAsync(backup, before, await FingerprintAsync(name));
    }

    // LOCK goes by name: the new table was locked, and the one that was meant was not.
    [Fact]
    public async Task A_table_that_gave_its_name_away_between_listing_and_lock_is_not_emptied_unnoticed()
    {
        string name = await MakeAsync(["log"]);
        await using var others = new Disturbance(_scene, fixture.Address, name);
        string before = "";
        BackupRecord backup = await BackupAsync(name,
            (Locking, () =>
            {
                others.Start("ALTER TABLE log RENAME TO log_old; CREATE TABLE log (id int)");
                before = FingerprintAsync(name).GetAwaiter().GetResult();
            }),
            (LockingNew, () => others.Start(Marked(("log", "TRUNCATE log_old")))));
        await others.EndAsync();
        await ComesBackAsync(backup, before, await FingerprintAsync(name));
    }

    // Nothing locks a schema: each table of one name then reads the rows of the other.
    [Theory]
    [InlineData(Schema)]
    [InlineData("live.goods")]
    [InlineData("staging.goods")]
    public async Task Schemas_that_change_places_are_noticed(string moment)
    {
        string name = await MakeAsync([], """
            CREATE SCHEMA live; CREATE TABLE live.goods AS SELECT 'live' AS word; CREATE TABLE live.more AS SELECT 'live more' AS word;
            CREATE SCHEMA staging; CREATE TABLE staging.goods AS SELECT 'staging' AS word; CREATE TABLE staging.more AS SELECT 'staging more' AS word;
            INSERT INTO marks VALUES ('swap', 'before');
            """);
        string before = await FingerprintAsync(name);
        await using var others = new Disturbance(_scene, fixture.Address, name);
        BackupRecord backup = await BackupAsync(name, (moment, () => others.Start(Marked(
            ("swap", "ALTER SCHEMA live RENAME TO away; ALTER SCHEMA staging RENAME TO live; ALTER SCHEMA away RENAME TO staging")))));
        await others.EndAsync();
        await ComesBackAsync(backup, before, await FingerprintAsync(name));
        Assert.Contains(_scene.Warnings, w => w.Contains("begins anew"));
    }

    [Theory]
    [InlineData("ALTER TYPE mood RENAME TO humour")]
    [InlineData("DROP FUNCTION forgotten(int)")]
    [InlineData("ALTER SEQUENCE counter RENAME TO ticker")]
    [InlineData("ALTER SCHEMA aside RENAME TO beside")]
    public async Task What_definitions_refer_to_may_be_renamed_or_dropped_while_pg_dump_reads(string deed)
    {
        string name = await MakeAsync([], """
            CREATE TYPE mood AS ENUM ('sad', 'ok');
            CREATE SEQUENCE counter;
            CREATE SCHEMA aside;
            CREATE DOMAIN aside.word AS text;
            CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
            CREATE FUNCTION forgotten(i int) RETURNS int LANGUAGE sql AS 'SELECT i';
            CREATE TABLE people (id int DEFAULT nextval('counter'), feels mood, name aside.word, even int GENERATED ALWAYS AS (twice(id)) STORED);
            """);
        BackupRecord backup = await BackupAsync(name, (Schema, () => _scene.Server.PsqlAsync(name, deed).GetAwaiter().GetResult()));
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(await _scene.DumpAsync(name), await _scene.DumpAsync(copy));
    }

    [Fact]
    public async Task A_sequence_that_is_restarted_after_the_snapshot_is_noticed()
    {
        string name = await MakeAsync([], """
            CREATE SEQUENCE counter; SELECT setval('counter', 4711);
            INSERT INTO marks VALUES ('restart', 'before');
            """);
        string before = await FingerprintAsync(name);
        await using var others = new Disturbance(_scene, fixture.Address, name);
        BackupRecord backup = await BackupAsync(name,
            (Locking, () => others.Start("CREATE TABLE appeared ()")),
            (LockingNew, () => others.Start(Marked(("restart", "ALTER SEQUENCE counter RESTART")))));
        await others.EndAsync();
        await ComesBackAsync(backup, before, await FingerprintAsync(name));
    }

    [Fact]
    public async Task A_schema_that_goes_with_its_tables_between_listing_and_lock_does_no_harm()
    {
        string name = await MakeAsync([], "CREATE SCHEMA gone; CREATE TABLE gone.t (id int);");
        BackupRecord backup = await BackupAsync(name, (Locking, () => _scene.Server.PsqlAsync(name, "DROP SCHEMA gone CASCADE").GetAwaiter().GetResult()));
        Assert.Equal("marks", Assert.Single(backup.Manifest!.Tables).Name);
    }

    public void Dispose() => _scene.Dispose();

    private static string MakeTable(string name) => $"""
        CREATE TABLE {name} (id int PRIMARY KEY, word text, other text);
        INSERT INTO {name} SELECT i, repeat('{name} ', 100), i::text FROM generate_series(1, 500) i;
        """;

    private static string Marked((string Name, string Deed) deed) => deed.Deed.StartsWith("VACUUM", StringComparison.Ordinal)
        ? deed.Deed
        : $"BEGIN; UPDATE marks SET state = 'after' WHERE name = '{deed.Name}'; {deed.Deed}; COMMIT";

    private Task<string> FingerprintAsync(string database) => _scene.Server.PsqlAsync(database, Fingerprints);

    private async Task<string> MakeAsync(IEnumerable<string> tables, string sql = "")
    {
        string name = RoundTripScene.NewName("disturbed");
        await _scene.Server.CreateDatabaseAsync(name);
        string rows = string.Concat(tables.Select(t => MakeTable(t) + $"INSERT INTO marks VALUES ('{t}', 'before');\n"));
        await _scene.Server.PsqlAsync(name, "CREATE TABLE marks (name text PRIMARY KEY, state text);\n" + rows + sql);
        return name;
    }

    /// <summary>Backs up, doing each thing when its moment is first reported.</summary>
    private async Task<BackupRecord> BackupAsync(string name, params (string Moment, Action Deed)[] moments)
    {
        var done = new HashSet<string>();
        var options = new DumpOptions
        {
            Address = fixture.Address, Database = name, Tool = "InMidst.Backup tests", LockTimeout = TimeSpan.FromMilliseconds(500),
        };
        BackupRecord backup = await new OneRepositoryDump(options, _scene.Storage, TimeProvider.System, _scene.Warnings.Add).RunAsync(new Reports(report =>
        {
            foreach ((string _, Action deed) in moments.Where(m => m.Moment == report.Status && done.Add(m.Moment)))
                deed();
        }), Token);
        Assert.Equal(moments.Length, done.Count);
        return backup;
    }

    /// <summary>Every table is as it was where its mark was not set yet, and as it became where it was.</summary>
    private async Task ComesBackAsync(BackupRecord backup, string before, string after)
    {
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        HashSet<string> marks = [.. (await _scene.Server.PsqlAsync(copy, "SELECT name FROM marks WHERE state = 'after'")).Split('\n')];
        string[] expected =
        [
            .. Lines(before).Where(line => !marks.Contains(Subject(line))),
            .. Lines(after).Where(line => marks.Contains(Subject(line))),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Lines(await FingerprintAsync(copy)).Order(StringComparer.Ordinal));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // The deed that concerns a table.
    private static string Subject(string line) => line.Split(' ')[0] switch
    {
        "rotated_old" => "rotated",
        "log_old" => "log",
        "counter" or "appeared" => "restart",
        var table when table.Contains('.') => "swap",
        var table => table,
    };
}
