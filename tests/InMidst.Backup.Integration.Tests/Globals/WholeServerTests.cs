using System.Text.RegularExpressions;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Globals;

/// <summary>A whole server, database by database.</summary>
public sealed partial class WholeServerTests
{
    private const string Roles = """"
        CREATE ROLE app LOGIN PASSWORD 'app-password' CONNECTION LIMIT 40;
        CREATE ROLE "Team Lead ""x""" CREATEROLE NOINHERIT; CREATE ROLE größe VALID UNTIL '2030-01-01 00:00:00+00';
        CREATE ROLE nobody_needs_me; CREATE ROLE staff;
        COMMENT ON ROLE app IS 'the application''s';
        ALTER ROLE app SET search_path = app, "$user", public; ALTER ROLE app SET statement_timeout = '1min';
        GRANT app TO "Team Lead ""x""" WITH ADMIN OPTION; GRANT staff TO app, größe; GRANT pg_read_all_data TO staff;
        """";

    private const string Content = """"
        CREATE SCHEMA app AUTHORIZATION app;
        CREATE TABLE app.people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
        INSERT INTO app.people (name) SELECT 'person ' || i FROM generate_series(1, 100) i;
        ALTER TABLE app.people OWNER TO app; GRANT SELECT ON app.people TO "Team Lead ""x""", größe WITH GRANT OPTION;
        ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO staff;
        """";

    private static readonly string[] Databases = ["crm", "Über Größe", "it's \"odd\" {x} = 1", "empty"];

    [Fact]
    public async Task Every_database_of_a_server_and_its_roles_come_back_on_an_empty_one()
    {
        await using PostgresServer source = await PostgresServer.StartAsync();
        await using PostgresServer target = await PostgresServer.StartAsync();
        await MakeAsync(source);
        using var scene = new GlobalsScene(source);
        var backups = new List<(string Database, BackupRecord Backup)>();
        foreach (string database in Databases)
            backups.Add((database, await scene.BackupAsync(database, o => o with { IncludeRolePasswords = true })));

        // The other one has a role of that name already, and different.
        await target.PsqlAsync("postgres", "CREATE ROLE größe CREATEDB");
        foreach ((string database, BackupRecord backup) in backups)
            await scene.RestoreAsync(backup, database, GlobalsMode.All, RestoreScene.AddressOf(target));

        Assert.Empty(scene.Warnings);
        Assert.Equal(await DumpAllAsync(source), await DumpAllAsync(target));
    }

    [Fact]
    public async Task Where_the_server_closes_its_catalogues_the_rest_is_had_and_what_is_left_out_is_said()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await MakeAsync(server);
        // pg_dumpall looks into postgres whatever it is told, and the privilege is one of each database.
        await server.PsqlAsync("crm", "REVOKE SELECT ON pg_auth_members FROM PUBLIC");
        await server.PsqlAsync("postgres", "REVOKE SELECT ON pg_auth_members FROM PUBLIC");
        using var scene = new GlobalsScene(server);
        await server.PsqlAsync("crm", "CREATE ROLE outsider LOGIN PASSWORD 'pw'; GRANT USAGE ON SCHEMA app TO outsider; GRANT SELECT ON ALL TABLES IN SCHEMA app TO outsider; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO outsider");
        BackupRecord backup = await scene.BackupAsync("crm", o => o with { Address = scene.Address with { UserName = "outsider", Password = "pw" } });
        string warning = Assert.Single(scene.Warnings);
        Assert.Contains("but for memberships", warning, StringComparison.Ordinal);

        // What was had is as pg_dumpall writes it but for quotes that need not be, and restored like it.
        HashSet<string> own = [.. (await scene.ReadAsync(backup)).Split('\n').Select(Plain)];
        string[] theirs = [.. (await DumpAllAsync(server, "--globals-only", "--no-role-passwords")).Split('\n')
            .Where(line => line.StartsWith("CREATE", StringComparison.Ordinal) || line.StartsWith("ALTER", StringComparison.Ordinal))];
        Assert.NotEmpty(theirs);
        Assert.All(theirs, line => Assert.Contains(Plain(line), own));
        await using PostgresServer target = await PostgresServer.StartAsync();
        RestoreResult result = await scene.RestoreAsync(backup, "crm", GlobalsMode.Missing, RestoreScene.AddressOf(target));
        Assert.Contains("app", result.CreatedRoles);
        Assert.Equal("100", await target.PsqlAsync("crm", "SELECT count(*) FROM app.people"));
    }

    private static string Plain(string line) => Location().Replace(line, "LOCATION ''").Replace("\"", "", StringComparison.Ordinal);

    private static async Task MakeAsync(PostgresServer server)
    {
        await server.PsqlAsync("postgres", Roles);
        foreach (string database in Databases)
            await server.CreateDatabaseAsync(database, "OWNER app TEMPLATE template0");
        foreach (string database in Databases.Where(d => d != "empty"))
            await server.PsqlAsync(database, Content);
        string quoted = $"\"{Databases[2].Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await server.PsqlAsync("postgres", $"""
            ALTER DATABASE {quoted} SET work_mem = '5MB'; ALTER ROLE staff IN DATABASE {quoted} SET search_path = a, "b ""c";
            GRANT CREATE ON DATABASE {quoted} TO staff; COMMENT ON DATABASE {quoted} IS 'odd';
            """);
        if (server.Major < 15)
            return;
        await server.PsqlAsync("postgres", """
            SET allow_in_place_tablespaces = on;
            CREATE TABLESPACE "Fast disk" OWNER app LOCATION '';
            ALTER TABLESPACE "Fast disk" SET (random_page_cost = 1.5); GRANT CREATE ON TABLESPACE "Fast disk" TO staff;
            GRANT SET ON PARAMETER log_statement TO staff;
            """);
        await server.PsqlAsync("crm", "CREATE TABLE app.quick (a int) TABLESPACE \"Fast disk\"; ALTER TABLE app.quick OWNER TO app");
    }

    private static async Task<string> DumpAllAsync(PostgresServer server, params string[] arguments)
    {
        string all = await server.PgDumpAllAsync(arguments);
        return Superuser().Replace(Location().Replace(Restrict().Replace(all, ""), "LOCATION ''"), "");
    }

    [GeneratedRegex(@"LOCATION 'pg_tblspc/[0-9]+'")]
    private static partial Regex Location();

    // The role that restores, whose password is the server's own.
    [GeneratedRegex("^ALTER ROLE postgres .*$", RegexOptions.Multiline)]
    private static partial Regex Superuser();

    [GeneratedRegex(@"^\\(un)?restrict .*$", RegexOptions.Multiline)]
    private static partial Regex Restrict();
}
