using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.Globals;

public sealed class GlobalsTests(PostgresFixture fixture) : IDisposable
{
    private const string Attributes = """
        SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolvaliduntil AT TIME ZONE 'UTC', rolconfig,
               shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname IN
        """;

    private readonly GlobalsScene _scene = new(fixture.Server);
    private readonly string _name = RestoreScene.NewName("glob");

    public void Dispose() => _scene.Dispose();

    // A token of a cloud service is a password that lives some minutes; the rows may take hours.
    [Fact]
    public async Task A_password_that_ends_while_the_rows_are_read_does_not_cost_the_globals()
    {
        await _scene.SqlAsync($"CREATE ROLE {_name} LOGIN SUPERUSER PASSWORD 'first-password'");
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        var options = scene.Options with { Address = scene.Address with { UserName = _name, Password = "first-password" } };
        BackupRecord backup = await scene.RunAsync(options, progress: step =>
        {
            if (step.Status == "public.readings")
                _scene.SqlAsync($"ALTER ROLE {_name} PASSWORD 'second-password'").GetAwaiter().GetResult();
        });
        Assert.Empty(scene.Warnings);
        Assert.Contains(backup.Manifest!.Objects, o => o.Role == "globals");
        await scene.HoldsExactlyAsync(backup);
    }

    [Fact]
    public async Task Missing_makes_the_roles_that_the_dump_needs_as_they_were_and_no_others()
    {
        string owner = $"{_name}_Owner \"x\"";
        string owner_ = $"\"{owner.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        (string reader, string group, string stranger) = ($"{_name}_reader", $"{_name}_group", $"{_name}_stranger");
        await _scene.SqlAsync($"""
            CREATE ROLE {owner_} LOGIN PASSWORD 'pw' CREATEDB CONNECTION LIMIT 5 VALID UNTIL '2031-02-03 04:05:06+00';
            CREATE ROLE {reader} NOINHERIT; CREATE ROLE {group}; CREATE ROLE {stranger};
            COMMENT ON ROLE {owner_} IS 'it''s \ hers'; ALTER ROLE {owner_} SET search_path = a, "B c"; ALTER ROLE {owner_} SET work_mem = '5MB';
            GRANT {owner_} TO {reader} WITH ADMIN OPTION; GRANT pg_monitor TO {reader}; GRANT {group} TO {reader}; GRANT {reader} TO {stranger};
            CREATE DATABASE {_name} OWNER {owner_};
            """);
        await _scene.SqlAsync($"CREATE TABLE t (a int); ALTER TABLE t OWNER TO {owner_}; GRANT SELECT ON t TO {reader}", _name);
        BackupRecord backup = await _scene.BackupAsync(_name);
        string names = $"('{owner}', '{reader}') ORDER BY 1";
        string before = await _scene.SqlAsync(Attributes + names);
        await _scene.SqlAsync($"DROP DATABASE {_name}");
        await _scene.SqlAsync($"DROP ROLE {owner_}, {reader}, {group}, {stranger}");

        var missing = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, _name, GlobalsMode.Skip));
        Assert.Equal(ErrorIds.RequirementMissing, missing.Id);
        Assert.Contains(owner, missing.Message, StringComparison.Ordinal);
        Assert.Contains("-Globals Missing", missing.Message, StringComparison.Ordinal);

        RestoreResult result = await _scene.RestoreAsync(backup, _name, GlobalsMode.Missing);
        Assert.Equal([owner, reader], result.CreatedRoles.Order(StringComparer.Ordinal));
        Assert.Equal(before, await _scene.SqlAsync(Attributes + names));
        Assert.Equal($"{owner}|t\npg_monitor|f", await _scene.SqlAsync(
            $"SELECT roleid::regrole::text, admin_option FROM pg_auth_members WHERE member = '{reader}'::regrole ORDER BY admin_option DESC".Replace("roleid::regrole::text", "(SELECT rolname FROM pg_roles WHERE oid = roleid)", StringComparison.Ordinal)));
        Assert.Equal("0", await _scene.SqlAsync($"SELECT count(*) FROM pg_roles WHERE rolname IN ('{group}', '{stranger}')"));
        Assert.Contains(_scene.Warnings, w => w.Contains(group, StringComparison.Ordinal) && w.Contains("-Globals All", StringComparison.Ordinal));
        Assert.Contains(_scene.Warnings, w => w.Contains("without a password", StringComparison.Ordinal) && w.Contains(owner, StringComparison.Ordinal));
        Assert.Equal($"{owner}", await _scene.SqlAsync("SELECT tableowner FROM pg_tables WHERE tablename = 't'", _name));

        // All makes the rest, and gives what is there what it lacks; whoever runs it stays as he is.
        await _scene.SqlAsync($"DROP DATABASE {_name}; ALTER ROLE {reader} CREATEROLE; ALTER ROLE postgres SET work_mem = '9MB'");
        result = await _scene.RestoreAsync(backup, _name, GlobalsMode.All);
        Assert.Subset(result.CreatedRoles.ToHashSet(), new HashSet<string> { group, stranger });
        Assert.Equal(before, await _scene.SqlAsync(Attributes + names));
        Assert.Equal("t", await _scene.SqlAsync($"SELECT pg_has_role('{stranger}', '{reader}', 'MEMBER') AND pg_has_role('{reader}', '{group}', 'MEMBER')"));
        Assert.Equal("{work_mem=9MB}", await _scene.SqlAsync("SELECT rolconfig FROM pg_roles WHERE rolname = 'postgres'"));
        await _scene.SqlAsync($"ALTER ROLE postgres RESET work_mem; DROP DATABASE {_name}");
        await _scene.SqlAsync($"DROP ROLE {owner_}, {reader}, {group}, {stranger}");
    }

    [Fact]
    public async Task Passwords_are_in_the_file_only_when_asked_for_and_come_back()
    {
        await _scene.SqlAsync($"CREATE ROLE {_name} LOGIN PASSWORD 'the-password'; CREATE DATABASE {_name} OWNER {_name}");
        Assert.DoesNotContain("SCRAM", await _scene.ReadAsync(await _scene.BackupAsync(_name)), StringComparison.Ordinal);
        BackupRecord backup = await _scene.BackupAsync(_name, o => o with { IncludeRolePasswords = true });
        Assert.Contains("SCRAM-SHA-256", await _scene.ReadAsync(backup), StringComparison.Ordinal);

        // Who may not read them gets the roles without, and is told.
        BackupRecord plain = await _scene.BackupAsync(_name, o => o with
        {
            IncludeRolePasswords = true, Address = _scene.Address with { UserName = _name, Password = "the-password" },
        });
        Assert.Contains(_scene.Warnings, w => w.Contains("passwords of the roles are not in this backup", StringComparison.Ordinal));
        Assert.DoesNotContain("SCRAM", await _scene.ReadAsync(plain), StringComparison.Ordinal);
        Assert.Contains($"CREATE ROLE {_name};", await _scene.ReadAsync(plain), StringComparison.Ordinal);

        await _scene.SqlAsync($"DROP DATABASE {_name}");
        await _scene.SqlAsync($"DROP ROLE {_name}");
        _scene.Warnings.Clear();
        await _scene.RestoreAsync(backup, _name, GlobalsMode.Missing);
        Assert.Empty(_scene.Warnings);
        var itself = _scene.Address with { UserName = _name, Password = "the-password" };
        await using (var connection = await PostgresConnector.OpenAsync(itself, _name, new(), GlobalsScene.Token))
            Assert.Equal(_name, connection.Database);
        await _scene.SqlAsync($"DROP DATABASE {_name} WITH (FORCE)");
        await _scene.SqlAsync($"DROP ROLE {_name}");
    }

    [Fact]
    public async Task A_backup_without_globals_or_with_damaged_ones_is_refused_and_nothing_is_made()
    {
        await _scene.SqlAsync($"CREATE ROLE {_name}; CREATE DATABASE {_name} OWNER {_name}");
        BackupRecord without = await _scene.BackupAsync(_name, o => o with { ExcludeGlobals = true });
        BackupRecord damaged = await _scene.BackupAsync(_name);
        await _scene.SqlAsync($"DROP DATABASE {_name}");
        await _scene.SqlAsync($"DROP ROLE {_name}");
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(without, _name, GlobalsMode.Missing));
        Assert.Equal(ErrorIds.GlobalsNotFound, refused.Id);

        string name = BackupName.Globals(damaged.Data.Name);
        byte[] bytes = await _scene.Storage.ReadAllBytesAsync(name, 1 << 20, GlobalsScene.Token);
        await _scene.Storage.PutAsync(name, RestoreScene.Flip(bytes, bytes.Length / 2), PutMode.Replace, GlobalsScene.Token);
        refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(damaged, _name, GlobalsMode.All));
        Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);

        // Its manifest names the file: this copy is incomplete, and another may do.
        await _scene.Storage.DeleteAsync(name, GlobalsScene.Token);
        refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(damaged, _name, GlobalsMode.Missing));
        Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
        Assert.Contains("is missing", refused.Message, StringComparison.Ordinal);
        Assert.Equal("0", await _scene.SqlAsync($"SELECT count(*) FROM pg_roles WHERE rolname = '{_name}'"));
        await new RestoreScene(fixture.Server).NothingLeftAsync(_name);
    }

    [Fact]
    public async Task A_tablespace_is_made_where_its_directory_is_and_else_named()
    {
        string directory = $"/tmp/{_name}";
        string keeper = $"{_name}_keeper";
        await _scene.SqlAsync($"COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; mkdir {directory}'; CREATE ROLE {keeper}");
        try
        {
            await _scene.SqlAsync($"CREATE TABLESPACE {_name} OWNER {keeper} LOCATION '{directory}' WITH (random_page_cost = 2)");
            await _scene.SqlAsync($"COMMENT ON TABLESPACE {_name} IS 'fast'; GRANT CREATE ON TABLESPACE {_name} TO PUBLIC; CREATE DATABASE {_name} TEMPLATE template0");
            await _scene.SqlAsync($"CREATE TABLE t (a int) TABLESPACE {_name}", _name);
            const string Facts = "SELECT pg_get_userbyid(spcowner), spcoptions, spcacl, shobj_description(oid, 'pg_tablespace'), pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = ";
            string before = await _scene.SqlAsync($"{Facts} '{_name}'");
            BackupRecord backup = await _scene.BackupAsync(_name);
            await _scene.SqlAsync($"DROP DATABASE {_name}");
            await _scene.SqlAsync($"DROP TABLESPACE {_name}");
            await _scene.SqlAsync($"DROP ROLE {keeper}; COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rmdir {directory}'");

            var missing = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, _name, GlobalsMode.Missing));
            Assert.Equal(ErrorIds.RequirementMissing, missing.Id);
            Assert.Contains(directory, missing.Message, StringComparison.Ordinal);
            Assert.Contains("-NoTablespaces", missing.Guidance, StringComparison.Ordinal);

            await _scene.SqlAsync($"COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; mkdir {directory}'");
            RestoreResult result = await _scene.RestoreAsync(backup, _name, GlobalsMode.Missing);
            Assert.Equal([_name], result.CreatedTablespaces);
            Assert.Equal(before, await _scene.SqlAsync($"{Facts} '{_name}'"));
            Assert.Equal(_name, await _scene.SqlAsync("SELECT tablespace FROM pg_tables WHERE tablename = 't'", _name));
            await _scene.SqlAsync($"DROP DATABASE {_name}");
            await _scene.SqlAsync($"DROP TABLESPACE {_name}");
            await _scene.SqlAsync($"DROP ROLE {keeper}");
        }
        finally
        {
            await _scene.SqlAsync($"COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm -rf {directory}'");
        }
    }

    [Fact]
    public async Task Who_is_no_superuser_creates_what_he_may_and_is_told_the_rest()
    {
        string runner = $"{_name}_runner";
        await _scene.SqlAsync($"""
            CREATE ROLE {runner} LOGIN CREATEROLE CREATEDB PASSWORD 'runner-password'; CREATE ROLE {_name} SUPERUSER LOGIN PASSWORD 'x' CONNECTION LIMIT 3;
            CREATE DATABASE {_name} OWNER {runner} TEMPLATE template0;
            """);
        await _scene.SqlAsync($"CREATE TABLE t (a int); ALTER TABLE t OWNER TO {runner}; GRANT SELECT ON t TO {_name}", _name);
        BackupRecord backup = await _scene.BackupAsync(_name);
        await _scene.SqlAsync($"DROP DATABASE {_name}");
        await _scene.SqlAsync($"DROP ROLE {_name}");
        ServerAddress address = _scene.Address with { UserName = runner, Password = "runner-password" };
        await _scene.RestoreAsync(backup, _name, GlobalsMode.Missing, address);
        Assert.Contains(_scene.Warnings, w => w.Contains("SUPERUSER", StringComparison.Ordinal) && w.Contains(_name, StringComparison.Ordinal));
        Assert.Equal("f|t|3", await _scene.SqlAsync($"SELECT rolsuper, rolcanlogin, rolconnlimit FROM pg_roles WHERE rolname = '{_name}'"));
        await _scene.SqlAsync($"DROP DATABASE {_name}");
        await _scene.SqlAsync($"DROP ROLE {_name}; ALTER ROLE {runner} NOCREATEROLE");

        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, _name, GlobalsMode.Missing, address));
        Assert.Equal(ErrorIds.PermissionDenied, refused.Id);
        await new RestoreScene(fixture.Server).NothingLeftAsync(_name);
        await _scene.SqlAsync($"DROP ROLE {runner}");
    }
}
