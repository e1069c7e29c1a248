using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Globals;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Globals;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A managed service: the role that restores may create databases, and is no superuser.</summary>
public sealed class RestoreAsOwnerTests(PostgresFixture fixture) : IDisposable
{
    private readonly GlobalsScene _scene = new(fixture.Server);
    private readonly string _role = RestoreScene.NewName("owner");

    private ServerAddress Owner => _scene.Address with { UserName = _role, Password = "owner-password" };

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task What_a_service_does_not_let_him_do_is_said_and_all_else_comes_back()
    {
        string database = RestoreScene.NewName("managed");
        string copy = database + "_copy";
        await _scene.SqlAsync($"CREATE ROLE {_role} LOGIN CREATEDB PASSWORD 'owner-password'; CREATE DATABASE {database} OWNER {_role} TEMPLATE template0");
        await _scene.SqlAsync($"""
            SET ROLE {_role};
            CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'x'); INSERT INTO t SELECT i FROM generate_series(1, 50) i;
            CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
            CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM t; GRANT SELECT ON t TO PUBLIC; SELECT lo_from_bytea(77, 'large');
            CREATE PUBLICATION mine FOR TABLE t;
            RESET ROLE;
            CREATE EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION f(); COMMENT ON EVENT TRIGGER guard IS 'no';
            ALTER EVENT TRIGGER guard DISABLE;
            CREATE PUBLICATION everything FOR ALL TABLES; COMMENT ON PUBLICATION everything IS 'no';
            CREATE SUBSCRIPTION {database}_s CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false, slot_name = NONE);
            ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO {_role};
            GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO {_role};
            """, database);
        BackupRecord backup = await _scene.BackupAsync(database);
        await _scene.SqlAsync($"DROP SUBSCRIPTION {database}_s", database);

        await _scene.RestoreAsync(backup, copy, GlobalsMode.Skip, Owner);

        string[] expected =
        [
            "CREATE EVENT TRIGGER guard", "COMMENT ON EVENT TRIGGER guard", "CREATE PUBLICATION everything",
            "COMMENT ON PUBLICATION everything", "CREATE SUBSCRIPTION", "ALTER DEFAULT PRIVILEGES FOR ROLE postgres",
            "GRANT ALL ON FUNCTION pg_catalog.pg_ls_dir",
        ];
        Assert.All(expected, statement => Assert.Contains(_scene.Warnings, w => w.Contains(statement, StringComparison.Ordinal)));
        Assert.All(_scene.Warnings, w => Assert.StartsWith("Restored without", w, StringComparison.Ordinal));
        Assert.Equal("50|50|large|mine", await _scene.SqlAsync(
            "SELECT (SELECT count(*) FROM t), (SELECT count FROM v), convert_from(lo_get(77), 'UTF8'), (SELECT string_agg(pubname, ',') FROM pg_publication)", copy));
        Assert.Equal(_role, await _scene.SqlAsync("SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE oid >= 16384 AND relnamespace = 'public'::regnamespace", copy));
        await _scene.SqlAsync($"DROP DATABASE {copy}; DROP DATABASE {database}; DROP ROLE {_role}");
    }

    [Fact]
    public async Task Settings_that_only_a_superuser_may_give_are_said_and_the_others_given()
    {
        string database = RestoreScene.NewName("settings");
        string copy = database + "_copy";
        await _scene.SqlAsync($"CREATE ROLE {_role} LOGIN CREATEDB PASSWORD 'owner-password'");
        await _scene.SqlAsync($"CREATE DATABASE {database} OWNER {_role} TEMPLATE template0");
        await _scene.SqlAsync($"""
            ALTER DATABASE {database} SET log_statement = 'ddl'; ALTER DATABASE {database} SET work_mem = '7MB';
            ALTER ROLE postgres IN DATABASE {database} SET work_mem = '9MB';
            """);
        BackupRecord backup = await _scene.BackupAsync(database);

        await _scene.RestoreAsync(backup, copy, GlobalsMode.Skip, Owner);

        Assert.Equal("{work_mem=7MB}", await _scene.SqlAsync($"SELECT setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE datname = '{copy}'"));
        Assert.Equal(2, _scene.Warnings.Count);
        Assert.Contains(_scene.Warnings, w => w.Contains("log_statement", StringComparison.Ordinal) && w.Contains($"'{copy}'", StringComparison.Ordinal));
        Assert.Contains(_scene.Warnings, w => w.Contains("9MB", StringComparison.Ordinal) && !w.Contains("midst_restoring", StringComparison.Ordinal));
        await _scene.SqlAsync($"DROP DATABASE {copy}; DROP DATABASE {database}; DROP ROLE {_role}");
    }

    [Fact]
    public async Task What_old_dumps_say_of_the_servers_own_things_is_passed_over()
    {
        string database = RestoreScene.NewName("old");
        var scene = new RestoreScene(fixture.Server);
        await scene.SqlAsync($"CREATE ROLE {_role} LOGIN CREATEDB PASSWORD 'owner-password'");
        BackupRecord dump = await scene.PutScriptAsync("""
            CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
            COMMENT ON EXTENSION plpgsql IS 'PL/pgSQL procedural language';
            CREATE TABLE t (a int);
            COMMENT ON LANGUAGE plpgsql IS 'x';
            GRANT SELECT ON TABLE information_schema.sql_parts TO PUBLIC;
            REVOKE ALL ON TABLE pg_catalog.pg_authid FROM PUBLIC;
            CREATE TABLE u (a int);

            -- PostgreSQL database dump complete

            """);
        await scene.RestoreAsync(Owner, dump, database);
        Assert.Equal("2", await scene.SqlAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database));
        Assert.Contains(scene.Warnings, w => w.StartsWith("Restored without a comment: must be owner of extension plpgsql. Line 2", StringComparison.Ordinal));
        await scene.SqlAsync($"DROP DATABASE {database}; DROP ROLE {_role}");
    }

    [Theory]
    [InlineData("CREATE TABLE foreign_one (a int); ALTER TABLE foreign_one OWNER TO postgres;", "-NoOwner")]
    [InlineData("CREATE PUBLICATION p; ALTER PUBLICATION p OWNER TO postgres;", "-NoOwner")]
    [InlineData("SELECT lo_create(78); ALTER LARGE OBJECT 78 OWNER TO postgres;", "-NoOwner")]
    [InlineData("SET SESSION AUTHORIZATION postgres;", "-NoOwner")]
    [InlineData("GRANT SELECT ON pg_catalog.pg_authid TO PUBLIC; GRANT CREATE ON TABLESPACE pg_default TO PUBLIC;", "-NoPrivileges")]
    [InlineData("CREATE EXTENSION pg_stat_statements;", "superuser")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b';", "")]
    [InlineData("ALTER EVENT TRIGGER never_made DISABLE;", "")]
    [InlineData("CREATE TABLE t (a int CHECK (a > 0)); INSERT INTO t VALUES (0);", "")]
    public async Task What_would_be_missing_ends_the_restore_with_advice(string statements, string advice)
    {
        string database = RestoreScene.NewName("refused");
        var scene = new RestoreScene(fixture.Server);
        await scene.SqlAsync($"CREATE ROLE {_role} LOGIN CREATEDB PASSWORD 'owner-password'");
        BackupRecord dump = await scene.PutScriptAsync(statements + "\n-- PostgreSQL database dump complete\n");
        var refused = await Assert.ThrowsAsync<BackupException>(() => scene.RestoreAsync(Owner, dump, database));
        Assert.Equal(ErrorIds.StatementFailed, refused.Id);
        Assert.Contains(advice, refused.Guidance, StringComparison.Ordinal);
        await scene.NothingLeftAsync(database);
        await scene.SqlAsync($"DROP ROLE {_role}");
    }
}
