using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Databases as they are met: each goes through backup, test and restore, and pg_dump says the same of both.</summary>
public sealed class OddDatabaseTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Fact]
    public async Task An_empty_database_comes_back_empty()
    {
        BackupRecord backup = await _scene.GoAndComeBackAsync(await MakeAsync(""));
        Assert.Empty(backup.Manifest!.Tables);
        await PassesAsync(backup);
    }

    [Fact]
    public async Task Tables_without_columns_or_rows_keep_what_they_have()
    {
        BackupRecord backup = await _scene.GoAndComeBackAsync(await MakeAsync("""
            CREATE TABLE no_columns ();
            CREATE TABLE three_times_nothing ();
            INSERT INTO three_times_nothing SELECT FROM generate_series(1, 3);
            CREATE TABLE only_generated (g int GENERATED ALWAYS AS (7) STORED);
            INSERT INTO only_generated SELECT FROM generate_series(1, 4);
            CREATE TABLE no_rows (id int PRIMARY KEY, t text);
            CREATE TABLE dropped_columns (a int, b text, c int);
            INSERT INTO dropped_columns VALUES (1, 'b', 3);
            ALTER TABLE dropped_columns DROP COLUMN a;
            ALTER TABLE dropped_columns ADD COLUMN d int DEFAULT 4;
            """));
        Assert.Equal(3, backup.Manifest!.Tables.Single(t => t.Name == "three_times_nothing").Rows);
        Assert.Equal(4, backup.Manifest!.Tables.Single(t => t.Name == "only_generated").Rows);
        await PassesAsync(backup);
    }

    [Fact]
    public async Task Data_that_look_like_the_script_around_them_stay_data()
    {
        BackupRecord backup = await _scene.GoAndComeBackAsync(await MakeAsync("""
            CREATE TABLE t (id int, v text, w text);
            INSERT INTO t VALUES
                (1, E'\\.', E'a\n\\.\nb'), (2, E'\t\\t\r\n', E'\\N'), (3, NULL, ''), (4, E'\\', E'\\\\'), (5, E'\x08\x0b\x0c', E'\r'),
                (6, E'--\n-- PostgreSQL database dump complete\n--\n', E'\\connect x'), (7, repeat(E'\\', 100000), repeat(E'\n', 70000));
            CREATE TABLE alone (v text);
            INSERT INTO alone VALUES (E'\\.'), ('\.'), (''), (NULL), ('N');
            """));
        await PassesAsync(backup);
    }

    [Fact]
    public async Task Settings_of_roles_and_databases_change_no_value()
    {
        string name = await MakeAsync("""
            CREATE TABLE t (f float8, r real, ts timestamptz, d date, i interval, b bytea, m money, n numeric);
            INSERT INTO t VALUES
                (0.30000000000000004, 0.1, '2025-03-30 01:30:00+00', '2025-02-01', '-1 year +2 days -03:04:05.6', '\x005c', 12.34::numeric::money, 'NaN'),
                ('NaN', 'Infinity', 'infinity', '-infinity', '0', '', NULL, '-Infinity'), ('-Infinity', '-0', '0044-03-15 12:00 BC', '0044-03-15 BC', NULL, NULL, NULL, 1e-200);
            SELECT lo_from_bytea(0, '\x00ff5c27');
            """);
        await _scene.Server.PsqlAsync(name, $"""
            ALTER DATABASE {name} SET extra_float_digits = 0;
            ALTER DATABASE {name} SET DateStyle = 'German, DMY';
            ALTER DATABASE {name} SET IntervalStyle = 'sql_standard';
            ALTER DATABASE {name} SET bytea_output = 'escape';
            ALTER DATABASE {name} SET standard_conforming_strings = off;
            ALTER DATABASE {name} SET backslash_quote = off;
            ALTER DATABASE {name} SET quote_all_identifiers = on;
            ALTER DATABASE {name} SET search_path = "$user", 'a, b', pg_catalog;
            ALTER DATABASE {name} SET default_transaction_read_only = on;
            ALTER DATABASE {name} SET row_security = off;
            ALTER DATABASE {name} SET lock_timeout = '1s';
            ALTER ROLE postgres IN DATABASE {name} SET TimeZone = 'America/Caracas';
            ALTER ROLE postgres IN DATABASE {name} SET statement_timeout = '50s';
            """);
        BackupRecord backup = await _scene.BackupAsync(name);
        await PassesAsync(backup);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(await _scene.PropertiesAsync(name), await _scene.PropertiesAsync(copy));
        Assert.Equal(await _scene.DumpAsync(name), await _scene.DumpAsync(copy));

        string byHand = RoundTripScene.NewName("by_hand");
        await _scene.Server.CreateDatabaseAsync(byHand);
        await _scene.Server.RestoreThroughPsqlAsync(byHand, _scene.PathOf(backup));
        await _scene.Server.PsqlAsync("postgres", $"ALTER DATABASE {copy} RESET ALL; ALTER ROLE postgres IN DATABASE {copy} RESET ALL");
        Assert.Equal(await _scene.DumpAsync(copy), await _scene.DumpAsync(byHand));
    }

    [Fact]
    public async Task A_database_closed_to_everyone_stays_closed()
    {
        string name = await MakeAsync("CREATE TABLE t (id int)");
        await _scene.Server.PsqlAsync(name, $"""
            CREATE ROLE {name}_owner;
            ALTER DATABASE {name} OWNER TO {name}_owner;
            REVOKE ALL ON DATABASE {name} FROM PUBLIC, {name}_owner;
            """);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(await _scene.BackupAsync(name), copy);
        Assert.Equal("{}", await _scene.Server.PsqlAsync("postgres", $"SELECT datacl FROM pg_database WHERE datname = '{copy}'"));
    }

    [Fact]
    public async Task A_table_whose_policies_bind_its_owner_is_an_error_and_never_a_short_dump()
    {
        string name = await MakeAsync("");
        await _scene.Server.PsqlAsync(name, $"""
            CREATE ROLE {name}_owner LOGIN PASSWORD 'p';
            ALTER DATABASE {name} OWNER TO {name}_owner;
            GRANT CREATE ON SCHEMA public TO {name}_owner;
            SET ROLE {name}_owner;
            CREATE TABLE "Größe" (id int);
            INSERT INTO "Größe" SELECT generate_series(1, 9);
            ALTER TABLE "Größe" ENABLE ROW LEVEL SECURITY;
            ALTER TABLE "Größe" FORCE ROW LEVEL SECURITY;
            CREATE POLICY few ON "Größe" USING (id < 3);
            """);
        ServerAddress owner = fixture.Address with { UserName = name + "_owner", Password = "p" };
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.BackupAsync(name, address: owner));
        Assert.Equal(ErrorIds.PermissionDenied, refused.Id);
        Assert.Contains("\"Größe\"", refused.Message);
        Assert.Empty(await new BackupRepository(_scene.Storage, _scene.Warnings.Add)
            .ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        // The superuser is above policies, and so is an owner they are not forced on.
        await PassesAsync(await _scene.GoAndComeBackAsync(name));
        await _scene.Server.PsqlAsync(name, "ALTER TABLE \"Größe\" NO FORCE ROW LEVEL SECURITY");
        Assert.Equal(9, (await _scene.BackupAsync(name, address: owner)).Manifest!.Totals.Rows);
    }

    [Fact]
    public async Task Inheritance_and_partitions_lose_and_double_no_row()
    {
        BackupRecord backup = await _scene.GoAndComeBackAsync(await MakeAsync("""
            CREATE TABLE parent (id int, t text);
            CREATE TABLE child (extra int) INHERITS (parent);
            INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (2, 'c', 3);
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'new');
            CREATE TABLE by_mood (m mood, n int) PARTITION BY HASH (m);
            CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 0);
            CREATE TABLE by_mood_1 (n int, m mood);
            ALTER TABLE by_mood ATTACH PARTITION by_mood_1 FOR VALUES WITH (MODULUS 3, REMAINDER 1);
            CREATE TABLE by_mood_2 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 2);
            CREATE TABLE ranges (d date, v text) PARTITION BY RANGE (d);
            CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES FROM ('2025-01-01') TO ('2025-07-01') PARTITION BY LIST (v);
            CREATE TABLE ranges_1a PARTITION OF ranges_1 FOR VALUES IN ('a');
            CREATE TABLE ranges_1x PARTITION OF ranges_1 DEFAULT;
            CREATE TABLE ranges_d PARTITION OF ranges DEFAULT;
            INSERT INTO ranges SELECT date '2024-12-01' + i, chr(97 + i % 3) FROM generate_series(1, 300) i;
            CREATE UNLOGGED TABLE fast (id int PRIMARY KEY);
            INSERT INTO fast SELECT generate_series(1, 10);
            """));
        await PassesAsync(backup);
    }

    [Fact]
    public async Task Rows_hashed_by_an_enum_are_counted_where_they_were_and_loaded_where_they_belong()
    {
        string name = await MakeAsync("""
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'new');
            CREATE TABLE by_mood (m mood, n int) PARTITION BY HASH (m);
            CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE by_mood_1 (n int, m mood);
            ALTER TABLE by_mood ATTACH PARTITION by_mood_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO by_mood SELECT (enum_range(NULL::mood))[1 + i % 4], i FROM generate_series(1, 200) i;
            """);
        BackupRecord backup = await _scene.BackupAsync(name);
        await PassesAsync(backup);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        const string Rows = "SELECT md5(string_agg(m || '/' || n, ',' ORDER BY n)) FROM by_mood";
        Assert.Equal(await _scene.Server.PsqlAsync(name, Rows), await _scene.Server.PsqlAsync(copy, Rows));
    }

    [Fact]
    public async Task Temporary_tables_of_others_are_nobodys_business()
    {
        string name = await MakeAsync("CREATE TABLE kept (id int)");
        await using var other = await PostgresConnector.OpenAsync(fixture.Address, name, ConnectorOptions.Default, TestContext.Current.CancellationToken);
        using var command = new Npgsql.NpgsqlCommand("CREATE TEMP TABLE passing (id serial); INSERT INTO passing DEFAULT VALUES", other);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        BackupRecord backup = await _scene.GoAndComeBackAsync(name);
        Assert.Equal("kept", Assert.Single(backup.Manifest!.Tables).Name);
        Assert.Equal(0, backup.Manifest!.Totals.Sequences);
    }

    [Fact]
    public async Task Rules_triggers_and_constraints_do_not_stir_while_rows_come_back()
    {
        BackupRecord backup = await _scene.GoAndComeBackAsync(await MakeAsync("""
            CREATE TABLE a (id int PRIMARY KEY, b int, self int REFERENCES a);
            CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
            INSERT INTO a VALUES (1, 1, 2), (2, 1, 1); INSERT INTO b VALUES (1, 2);
            ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE;
            CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''stirred''; END';
            CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION never();
            ALTER TABLE a ENABLE ALWAYS TRIGGER t;
            CREATE RULE r AS ON INSERT TO b DO INSTEAD NOTHING;
            CREATE FUNCTION never_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''stirred''; END';
            CREATE TABLE broken (n int); INSERT INTO broken VALUES (-1);
            ALTER TABLE broken ADD CHECK (n > 0) NOT VALID;
            CREATE MATERIALIZED VIEW filled AS SELECT count(*) FROM a;
            CREATE MATERIALIZED VIEW hollow AS SELECT 1 / 0 AS n WITH NO DATA;
            CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION never_ddl();
            """));
        await PassesAsync(backup);
    }

    public void Dispose() => _scene.Dispose();

    private async Task<string> MakeAsync(string sql)
    {
        string name = RoundTripScene.NewName("odd");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, sql);
        return name;
    }

    private async Task PassesAsync(BackupRecord backup)
    {
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
    }
}
