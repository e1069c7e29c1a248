using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>What makes a restore, and the queries after it, fast.</summary>
public sealed class RestoreSpeedTests(PostgresFixture fixture) : IDisposable
{
    private const string Analyzed = "SELECT string_agg(DISTINCT tablename, ' ' ORDER BY tablename) FROM pg_stats WHERE schemaname = 'public'";

    private readonly RoundTripScene _scene = new(fixture);

    [Fact]
    public async Task Nothing_is_analysed_where_that_was_not_wanted()
    {
        BackupRecord backup = await BackUpAsync("CREATE TABLE t (a int) WITH (autovacuum_enabled = off); INSERT INTO t SELECT generate_series(1, 10)");
        string copy = await RestoreAsync(backup, o => o with { Analyze = false });
        Assert.Equal("", await _scene.Server.PsqlAsync(copy, Analyzed));
        copy = await RestoreAsync(backup);
        Assert.Equal("t", await _scene.Server.PsqlAsync(copy, Analyzed));
    }

    [Fact]
    public async Task A_dump_of_another_tool_is_analysed_too()
    {
        string source = await MakeAsync("""
            CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT WITH (autovacuum_enabled = off);
            INSERT INTO p SELECT generate_series(1, 10);
            CREATE MATERIALIZED VIEW v WITH (autovacuum_enabled = off) AS SELECT a FROM p;
            """);
        BackupRecord backup = await _scene.AddForeignAsync("other.sql", await _scene.Server.PgDumpBytesAsync(source));
        Assert.Equal("p p1 v", await _scene.Server.PsqlAsync(await RestoreAsync(backup), Analyzed));
        Assert.Equal("", await _scene.Server.PsqlAsync(await RestoreAsync(backup, o => o with { Analyze = false }), Analyzed));
    }

    [Fact]
    public async Task Parts_are_analysed_and_a_schema_without_rows_needs_it_not()
    {
        BackupRecord backup = await BackUpAsync("""
            CREATE TABLE a (x int) WITH (autovacuum_enabled = off); INSERT INTO a VALUES (1), (2);
            CREATE TABLE b (x int) WITH (autovacuum_enabled = off); INSERT INTO b VALUES (1), (2);
            """);
        Assert.Equal("b", await _scene.Server.PsqlAsync(await RestoreAsync(backup, o => o with { Tables = [NamePattern.Exactly("b")] }), Analyzed));
        string empty = await RestoreAsync(backup, o => o with { SchemaOnly = true });
        Assert.Equal("-1", await _scene.Server.PsqlAsync(empty, "SELECT max(reltuples) FROM pg_class WHERE relname IN ('a', 'b')"));
    }

    [Fact]
    public async Task A_table_that_cannot_be_analysed_is_a_warning()
    {
        BackupRecord backup = await BackUpAsync("""
            CREATE FUNCTION fails(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
                'BEGIN IF current_database() LIKE ''midst_restoring%'' THEN RAISE EXCEPTION ''not here''; END IF; RETURN $1; END';
            CREATE TABLE t (a int, b int) WITH (autovacuum_enabled = off); INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
            CREATE STATISTICS s ON (fails(a)), (a + b) FROM t;
            CREATE TABLE u (a int) WITH (autovacuum_enabled = off); INSERT INTO u SELECT generate_series(1, 10);
            """);
        string copy = await RestoreAsync(backup);
        Assert.Contains("public.t is restored, but the planner lacks its statistics: not here", Assert.Single(_scene.Warnings));
        Assert.Equal("u 10", await _scene.Server.PsqlAsync(copy, $"SELECT ({Analyzed}) || ' ' || (SELECT count(*) FROM t)"));
    }

    [Fact]
    public async Task Sessions_have_more_memory_for_indexes_and_wait_for_no_commit()
    {
        BackupRecord backup = await BackUpAsync("""
            CREATE FUNCTION told(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT current_setting($1)';
            CREATE TABLE t (name text, value text GENERATED ALWAYS AS (told(name)) STORED);
            INSERT INTO t VALUES ('maintenance_work_mem'), ('synchronous_commit');
            CREATE TABLE another AS SELECT 1 AS a;
            """);
        const string Values = "SELECT string_agg(value, ' ' ORDER BY name) FROM t";
        string shared = await _scene.Server.PsqlAsync("postgres", """
            SELECT greatest(m.setting::int8, least(1048576, s.setting::int8 * 8 / 2)) * 1024
            FROM pg_settings m, pg_settings s WHERE m.name = 'maintenance_work_mem' AND s.name = 'shared_buffers'
            """);
        string copy = await RestoreAsync(backup, o => o with { Workers = 2 });
        Assert.Equal(shared + " off", await _scene.Server.PsqlAsync(copy, Values.Replace("(value,", "(CASE name WHEN 'maintenance_work_mem' THEN pg_size_bytes(value)::text ELSE value END,")));

        string role = RoundTripScene.NewName("generous");
        await _scene.Server.PsqlAsync("postgres", $"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'p'; ALTER ROLE {role} SET maintenance_work_mem = '2GB'");
        copy = await RestoreAsync(backup, o => o with { NoOwner = true, NoPrivileges = true, Address = fixture.Address with { UserName = role, Password = "p" } });
        Assert.Equal("2GB off", await _scene.Server.PsqlAsync(copy, Values));
    }

    [Theory]
    [InlineData("CREATE INDEX ON one (seen(a))", 2, "with")]
    [InlineData("CREATE INDEX ON one (seen(a))", 1, "with")]
    [InlineData("CREATE INDEX ON one (seen(a)); CREATE INDEX ON two (seen(a)); CREATE INDEX ON three (seen(a)); CREATE INDEX ON four (seen(a))", 2, "without")]
    public async Task The_servers_parallel_workers_help_only_where_sessions_are_idle(string indexes, int workers, string expected)
    {
        BackupRecord backup = await BackUpAsync($"""
            CREATE SEQUENCE "with"; CREATE SEQUENCE without;
            CREATE FUNCTION seen(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN
                IF current_database() LIKE ''midst_restoring%'' THEN
                    PERFORM nextval(CASE current_setting(''max_parallel_maintenance_workers'') WHEN ''0'' THEN ''public.without'' ELSE ''public.with'' END);
                END IF;
                RETURN $1; END';
            CREATE TABLE one AS SELECT 1 AS a; CREATE TABLE two AS SELECT 1 AS a; CREATE TABLE three AS SELECT 1 AS a; CREATE TABLE four AS SELECT 1 AS a;
            {indexes};
            """);
        string copy = await RestoreAsync(backup, o => o with { Workers = workers, Analyze = false });
        string used = await _scene.Server.PsqlAsync(copy, "SELECT string_agg(sequencename, ' ') FROM pg_sequences WHERE last_value IS NOT NULL");
        Assert.Contains(expected, used.Split(' '));
    }

    public void Dispose() => _scene.Dispose();

    private async Task<string> RestoreAsync(BackupRecord backup, Func<RestoreOptions, RestoreOptions>? with = null)
    {
        string copy = RoundTripScene.NewName("fast");
        await _scene.RestoreAsync(backup, copy, with);
        return copy;
    }

    private async Task<string> MakeAsync(string sql)
    {
        string name = RoundTripScene.NewName("fast");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, sql);
        return name;
    }

    private async Task<BackupRecord> BackUpAsync(string sql) => await _scene.BackupAsync(await MakeAsync(sql));
}
