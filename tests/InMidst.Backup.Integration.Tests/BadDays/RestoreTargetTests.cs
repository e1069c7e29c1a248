using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class RestoreTargetTests(PostgresFixture fixture)
{
    private const string Dump = "CREATE TABLE restored (a int);\nCOPY restored (a) FROM stdin;\n1\n2\n\\.\n\n-- PostgreSQL database dump complete\n";

    private readonly RestoreScene _scene = new(fixture.Server);

    [Fact]
    public async Task A_target_that_holds_anything_at_all_is_not_touched()
    {
        string target = RestoreScene.NewName("taken");
        await _scene.SqlAsync($"CREATE DATABASE {target} TEMPLATE template0");
        BackupRecord dump = await _scene.PutScriptAsync(Dump);
        (string Make, string Drop)[] kinds =
        [
            ("CREATE TABLE t ()", "DROP TABLE t"),
            ("CREATE VIEW v AS SELECT 1", "DROP VIEW v"),
            ("CREATE SEQUENCE s", "DROP SEQUENCE s"),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION f"),
            ("CREATE TYPE colour AS ENUM ('red')", "DROP TYPE colour"),
            ("CREATE DOMAIN d AS int", "DROP DOMAIN d"),
            ("CREATE SCHEMA s", "DROP SCHEMA s"),
            ("CREATE EXTENSION plpgsql", "DROP EXTENSION plpgsql"),
            ("SELECT lo_create(77)", "SELECT lo_unlink(77)"),
            ("CREATE PUBLICATION p FOR ALL TABLES", "DROP PUBLICATION p"),
            ("CREATE FOREIGN DATA WRAPPER w", "DROP FOREIGN DATA WRAPPER w"),
            ("CREATE COLLATION c (locale = 'C')", "DROP COLLATION c"),
            ("CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)", "DROP TEXT SEARCH DICTIONARY d"),
            ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC"),
            ("CREATE OPERATOR FAMILY o USING btree", "DROP OPERATOR FAMILY o USING btree"),
            ("CREATE CAST (point AS text) WITH INOUT", "DROP CAST (point AS text)"),
        ];
        await _scene.SqlAsync("DROP EXTENSION plpgsql", target);
        foreach ((string make, string drop) in kinds)
        {
            await _scene.SqlAsync(make, target);
            string before = await _scene.SqlAsync($"SELECT oid FROM pg_database WHERE datname = '{target}'");
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(dump, target));
            Assert.True(refused.Id == ErrorIds.TargetNotEmpty, $"{make}: {refused}");
            Assert.Equal(before, await _scene.SqlAsync($"SELECT oid FROM pg_database WHERE datname = '{target}'"));
            await _scene.SqlAsync(drop, target);
        }

        await _scene.SqlAsync("CREATE EXTENSION plpgsql; CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()", target);
        await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(dump, target));
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Fact]
    public async Task An_empty_target_is_filled_and_keeps_owner_grants_settings_and_comment()
    {
        string target = RestoreScene.NewName("empty");
        string role = RestoreScene.NewName("keeper");
        await _scene.SqlAsync($"""
            CREATE ROLE {role};
            CREATE DATABASE {target} OWNER {role} TEMPLATE template0 CONNECTION LIMIT 7;
            COMMENT ON DATABASE {target} IS 'made by hand';
            REVOKE ALL ON DATABASE {target} FROM PUBLIC;
            GRANT TEMPORARY ON DATABASE {target} TO {role};
            ALTER DATABASE {target} SET work_mem = '7MB';
            ALTER ROLE {role} IN DATABASE {target} SET search_path = a, "B c";
            """);
        string facts = $"""
            SELECT datdba::regrole, array(SELECT a::text FROM unnest(datacl) a ORDER BY 1), datconnlimit, encoding, datcollate, shobj_description(oid, 'pg_database'),
                   array(SELECT setrole::regrole || ':' || setconfig::text FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1)
            FROM pg_database d WHERE datname = '{target}'
            """;
        string before = await _scene.SqlAsync(facts);

        BackupRecord bad = await _scene.PutScriptAsync(Dump.Replace("restored (a) FROM", "nonsense (a) FROM"));
        await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(bad, target));
        Assert.Equal(before, await _scene.SqlAsync(facts));
        Assert.Equal("0", await _scene.SqlAsync("SELECT count(*) FROM pg_class WHERE oid >= 16384", target));
        await _scene.OnlyTargetLeftAsync(target);

        await _scene.RestoreAsync(await _scene.PutScriptAsync(Dump), target);
        Assert.Equal(before, await _scene.SqlAsync(facts));
        Assert.Equal("2", await _scene.SqlAsync("SELECT count(*) FROM restored", target));
        await _scene.OnlyTargetLeftAsync(target);
        Assert.Empty(_scene.Warnings);
        await _scene.SqlAsync($"DROP DATABASE {target}; DROP ROLE {role}");
    }

    [Fact]
    public async Task What_is_put_into_an_empty_target_while_the_dump_is_loaded_stays()
    {
        string target = RestoreScene.NewName("filled");
        await _scene.SqlAsync($"CREATE DATABASE {target} TEMPLATE template0");
        BackupRecord slow = await _scene.PutScriptAsync("SELECT pg_sleep(600);\n" + Dump);
        Task<RestoreResult> restoring = _scene.RestoreAsync(slow, target);
        string loading = await _scene.LoadingAsync(target, "SELECT pg_sleep");
        await _scene.SqlAsync("CREATE TABLE precious AS SELECT 42 AS answer", target);
        await _scene.SqlAsync($"SELECT pg_cancel_backend({loading})");
        await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.Equal("42", await _scene.SqlAsync("SELECT answer FROM precious", target));

        // The same once more with a restore that comes to its end.
        await _scene.SqlAsync("DROP TABLE precious", target);
        RestoreGate gate = await RestoreGate.ShutAsync(_scene);
        Task<RestoreResult> second = _scene.RestoreAsync(await _scene.PutScriptAsync(gate.Statement + Dump), target);
        await gate.ReachedAsync(target);
        await _scene.SqlAsync("CREATE TABLE precious AS SELECT 43 AS answer", target);
        await gate.OpenAsync();
        var refused = await Assert.ThrowsAsync<BackupException>(() => second);
        Assert.Equal(ErrorIds.TargetNotEmpty, refused.Id);
        Assert.Equal("43", await _scene.SqlAsync("SELECT answer FROM precious", target));
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Theory]
    [InlineData("it's \"quoted\" and spaced")]
    [InlineData("MixedCaseTarget")]
    [InlineData("naïve-Ω-数据库")]
    [InlineData("a-name-of-sixty-three-bytes-01234567890123456789012345678901234")]
    [InlineData("{database}")]
    [InlineData("%s; DROP TABLE x; --")]
    public async Task A_target_may_have_any_name(string target)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        BackupRecord backup = await _scene.PutAsync(samples.Name(CompressionKind.Zstd), samples.Data(CompressionKind.Zstd));
        await _scene.RestoreAsync(backup, target);
        Assert.Equal("6000", await _scene.SqlAsync("SELECT count(*) FROM public.orders", target));
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE \"{target.Replace("\"", "\"\"")}\"");
    }

    [Fact]
    public async Task Names_that_cannot_be_are_refused_before_anything_is_made()
    {
        BackupRecord dump = await _scene.PutScriptAsync(Dump);
        string tooLong = new('x', 64);
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(dump, tooLong))).Id);
        Assert.Equal(ErrorIds.InvalidArgument, (await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(dump, "postgres"))).Id);
        Assert.Equal(ErrorIds.TargetNotEmpty, (await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(dump, "template1"))).Id);
        Assert.Equal(ErrorIds.TargetNotEmpty, (await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(dump, "template0"))).Id);
        await _scene.NothingLeftAsync(tooLong);
    }

    [Fact]
    public async Task A_database_that_somebody_makes_under_the_name_meanwhile_stays_and_ours_goes()
    {
        string target = RestoreScene.NewName("meanwhile");
        RestoreGate gate = await RestoreGate.ShutAsync(_scene);
        Task<RestoreResult> restoring = _scene.RestoreAsync(await _scene.PutScriptAsync(gate.Statement + Dump), target);
        await gate.ReachedAsync(target);
        await _scene.SqlAsync($"CREATE DATABASE {target} TEMPLATE template0");
        await _scene.SqlAsync("CREATE TABLE theirs ()", target);
        await gate.OpenAsync();
        await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.Equal("0", await _scene.SqlAsync("SELECT count(*) FROM theirs", target));
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }
}
