using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Replace;

public sealed class ReplaceTests(PostgresFixture fixture)
{
    private const string Facts = """
        SELECT datdba::regrole, array(SELECT a::text FROM unnest(datacl) a ORDER BY 1), datconnlimit, encoding, datcollate, shobj_description(oid, 'pg_database'),
               array(SELECT setrole::regrole || ':' || setconfig::text FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1)
        FROM pg_database d WHERE datname = 
        """;

    [Fact]
    public async Task The_new_database_has_all_that_the_old_one_had_but_its_content_and_the_old_one_is_kept()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "live");
        string role = RestoreScene.NewName("keeper");
        await live.Scene.SqlAsync($"""
            CREATE ROLE {role};
            ALTER DATABASE {live.Name} OWNER TO {role};
            ALTER DATABASE {live.Name} CONNECTION LIMIT 7;
            COMMENT ON DATABASE {live.Name} IS 'the \ it''s live';
            REVOKE ALL ON DATABASE {live.Name} FROM PUBLIC;
            GRANT TEMPORARY ON DATABASE {live.Name} TO {role};
            ALTER DATABASE {live.Name} SET work_mem = '7MB';
            ALTER DATABASE {live.Name} SET default_transaction_read_only = on;
            ALTER ROLE {role} IN DATABASE {live.Name} SET search_path = a, "B c";
            """);
        string before = await live.Scene.SqlAsync($"{Facts} '{live.Name}'");

        RestoreResult result = await live.ReplaceAsync(LiveDatabase.NewContent);

        Assert.Equal(before, await live.Scene.SqlAsync($"{Facts} '{live.Name}'"));
        await live.IsReplacedAsync();
        Assert.Equal(await live.KeptAsync(), result.ReplacedDatabase);
        Assert.Contains(live.Scene.Warnings, w => w.Contains(result.ReplacedDatabase!, StringComparison.Ordinal));
        await live.DropAsync();
        await live.Scene.SqlAsync($"DROP ROLE {role}");
    }

    [Fact]
    public async Task What_is_changed_of_the_old_one_during_the_restore_is_taken_over_too()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "changed");
        await live.Scene.SqlAsync($"ALTER DATABASE {live.Name} SET work_mem = '7MB'; ALTER ROLE postgres IN DATABASE {live.Name} SET DateStyle = german");
        Task<RestoreResult> restoring = live.ReplaceAsync("SELECT pg_sleep(600);\n" + LiveDatabase.NewContent.Replace("SELECT", "select", StringComparison.Ordinal));
        string process = await live.Scene.LoadingAsync(live.Name, "SELECT pg_sleep");
        await live.Scene.SqlAsync($"SELECT pg_cancel_backend({process})");
        await Assert.ThrowsAsync<BackupException>(() => restoring);
        await live.IsUntouchedAsync();

        RestoreGate gate = await RestoreGate.ShutAsync(live.Scene);
        restoring = live.ReplaceAsync(gate.Statement + LiveDatabase.NewContent);
        await gate.ReachedAsync(live.Name);
        await live.Scene.SqlAsync($"""
            ALTER DATABASE {live.Name} RESET work_mem; ALTER DATABASE {live.Name} SET search_path = x, public;
            ALTER ROLE postgres IN DATABASE {live.Name} RESET ALL; GRANT CREATE ON DATABASE {live.Name} TO pg_monitor;
            """);
        string now = await live.Scene.SqlAsync($"{Facts} '{live.Name}'");
        await gate.OpenAsync();
        await restoring;
        Assert.Equal(now, await live.Scene.SqlAsync($"{Facts} '{live.Name}'"));
        await live.IsReplacedAsync();
        await live.DropAsync();
    }

    [Fact]
    public async Task A_name_that_is_free_is_restored_to_as_ever_and_the_old_one_is_dropped_when_asked()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "dropped");
        RestoreResult result = await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DropReplaced = true });
        Assert.Null(result.ReplacedDatabase);
        Assert.Equal("", await live.KeptAsync());
        Assert.Equal("2", await live.SqlAsync("SELECT count(*) FROM fresh"));
        await live.Scene.SqlAsync($"DROP DATABASE {live.Name}");

        result = await live.ReplaceAsync(LiveDatabase.NewContent);
        Assert.Null(result.ReplacedDatabase);
        Assert.Equal("2", await live.SqlAsync("SELECT count(*) FROM fresh"));
        await live.Scene.SqlAsync($"DROP DATABASE {live.Name}");
    }

    [Fact]
    public async Task A_copy_that_is_not_what_was_backed_up_replaces_nothing()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "compared");
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] other = await samples.WithIndexAsync(index => index with
        {
            Tables = [.. index.Tables.Select(t => t.Name == "people" ? t with { Checksum = new string('1', 32) } : t)],
        });
        BackupRecord backup = await live.Scene.PutAsync(RestoreScene.NewName("false") + ".sql.gz", other);
        var differs = await Assert.ThrowsAsync<BackupException>(() => live.Scene.RestoreAsync(backup, live.Options));
        Assert.True(differs.Id == ErrorIds.RestoredCopyDiffers, differs.ToString());
        Assert.Contains("public.people", differs.Message, StringComparison.Ordinal);
        await live.IsUntouchedAsync();

        // Of a dump by other tools the rows are known that were sent.
        const string Eaten = """
            CREATE TABLE fresh (a int);
            CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER eat BEFORE INSERT ON fresh FOR EACH ROW EXECUTE FUNCTION eat();
            COPY fresh (a) FROM stdin;
            1
            \.

            """;
        BackupException eaten = await live.RefusedAsync(ErrorIds.RestoredCopyDiffers, Eaten + LiveDatabase.End);
        Assert.Contains("public.fresh", eaten.Message, StringComparison.Ordinal);

        // And the true one goes through.
        BackupRecord good = await live.Scene.PutAsync(samples.Name(CompressionKind.Gzip), samples.Data(CompressionKind.Gzip));
        await live.Scene.RestoreAsync(good, live.Options);
        Assert.Equal("6000", await live.SqlAsync("SELECT count(*) FROM orders"));
        await live.DropAsync();
    }

    [Fact]
    public async Task Another_encoding_is_refused_before_anything_is_loaded()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "utf");
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        await live.Scene.SqlAsync($"DROP DATABASE {live.Name}");
        await live.Scene.SqlAsync($"CREATE DATABASE {live.Name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
        await live.SqlAsync("CREATE TABLE old_rows AS SELECT 42 AS answer");
        BackupRecord backup = await live.Scene.PutAsync(samples.Name(CompressionKind.Gzip), samples.Data(CompressionKind.Gzip));
        var refused = await Assert.ThrowsAsync<BackupException>(() => live.Scene.RestoreAsync(backup, live.Options));
        Assert.Equal(ErrorIds.RequirementMissing, refused.Id);
        Assert.Contains("LATIN1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("-TargetDatabase", refused.Guidance, StringComparison.Ordinal);
        Assert.Equal("42", await live.SqlAsync("SELECT answer FROM old_rows"));
        await live.Scene.OnlyTargetLeftAsync(live.Name);
        await live.DropAsync();
    }

    [Fact]
    public async Task Parts_of_a_backup_replace_nothing()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "whole");
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        BackupRecord backup = await live.Scene.PutAsync(samples.Name(CompressionKind.Gzip), samples.Data(CompressionKind.Gzip));
        RestoreOptions[] parts =
        [
            live.Options with { Tables = [NamePattern.Exactly("people")] }, live.Options with { Schemas = [NamePattern.Exactly("public")] },
            live.Options with { SchemaOnly = true },
        ];
        foreach (RestoreOptions part in parts)
        {
            var refused = await Assert.ThrowsAsync<BackupException>(() => live.Scene.RestoreAsync(backup, part));
            Assert.True(refused.Id == ErrorIds.InvalidArgument, refused.ToString());
            Assert.Contains("-TargetDatabase", refused.Guidance, StringComparison.Ordinal);
            await live.IsUntouchedAsync();
        }

        await live.DropAsync();
    }

    [Fact]
    public async Task A_database_that_somebody_made_anew_meanwhile_is_neither_replaced_nor_dropped()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "anew");
        RestoreGate gate = await RestoreGate.ShutAsync(live.Scene);
        Task<RestoreResult> restoring = live.ReplaceAsync(
            gate.Statement + LiveDatabase.NewContent, o => o with { DropReplaced = true, DisconnectUsers = true });
        await gate.ReachedAsync(live.Name);
        await live.Scene.SqlAsync($"DROP DATABASE {live.Name}");
        await live.Scene.SqlAsync($"CREATE DATABASE {live.Name}");
        await live.SqlAsync("CREATE TABLE made_anew ()");
        await gate.OpenAsync();
        var refused = await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.True(refused.Id == ErrorIds.TargetNotReplaceable, refused.ToString());
        Assert.Equal("made_anew", await live.SqlAsync("SELECT to_regclass('made_anew')"));
        await live.Scene.OnlyTargetLeftAsync(live.Name);
        Assert.Equal("", await live.KeptAsync());
        await live.DropAsync();
    }

    [Fact]
    public async Task Replaced_twice_in_one_second_both_old_ones_are_kept()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "twice");
        var clock = new FixedClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        BackupRecord backup = await live.Scene.PutScriptAsync(LiveDatabase.NewContent);
        string[] expected = [$"{live.Name}_replaced_20260301_120000", $"{live.Name}_replaced_20260301_120000_2"];
        foreach (string kept in expected)
        {
            RestoreResult result = await new DatabaseRestore(live.Options, clock, live.Scene.Warnings.Add)
                .RunAsync(backup, new Progress<OperationProgress>(), RestoreScene.Token);
            Assert.Equal(kept, result.ReplacedDatabase);
        }

        Assert.Equal("42", await live.Scene.SqlAsync("SELECT answer FROM old_rows", expected[0]));
        Assert.Equal("2", await live.Scene.SqlAsync("SELECT count(*) FROM fresh", expected[1]));
        await live.Scene.SqlAsync($"DROP DATABASE {live.Name}; DROP DATABASE {expected[0]}; DROP DATABASE {expected[1]}");
    }

    [Fact]
    public async Task A_role_that_is_taken_owns_the_database_while_who_logged_in_ends_its_sessions()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "taken");
        string role = RestoreScene.NewName("taken");
        await live.Scene.SqlAsync($"CREATE ROLE {role} CREATEDB; ALTER DATABASE {live.Name} OWNER TO {role}");
        await using NpgsqlConnection boss = await live.ConnectAsync();
        RestoreOptions options = live.Options with { Role = role, DisconnectUsers = true };
        Assert.Contains($"{boss.ProcessID}", await ReplacementPreview.DescribeAsync(options, TimeProvider.System, RestoreScene.Token), StringComparison.Ordinal);
        await live.ReplaceAsync(LiveDatabase.NewContent, _ => options);
        await live.IsReplacedAsync();
        Assert.Equal(role, await live.SqlAsync("SELECT relowner::regrole FROM pg_class WHERE relname = 'fresh'"));
        await live.DropAsync();

        // The right to make databases is the role's, and not the right of who logs in.
        live = await LiveDatabase.MakeAsync(fixture.Server, "taken");
        string login = RestoreScene.NewName("login");
        await live.Scene.SqlAsync($"CREATE ROLE {login} LOGIN PASSWORD 'p' IN ROLE {role}; ALTER DATABASE {live.Name} OWNER TO {role}");
        options = live.Options with { Role = role, Address = live.Scene.Address with { UserName = login, Password = "p" } };
        Assert.NotNull(await ReplacementPreview.DescribeAsync(options, TimeProvider.System, RestoreScene.Token));
        await live.ReplaceAsync(LiveDatabase.NewContent, _ => options);
        await live.IsReplacedAsync();
        await live.DropAsync();
        await live.Scene.SqlAsync($"DROP ROLE {login}; DROP ROLE {role}");
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("template1")]
    public async Task The_maintenance_database_and_templates_are_not_replaced(string name)
    {
        var scene = new RestoreScene(fixture.Server);
        var options = new RestoreOptions { Address = scene.Address, TargetDatabase = name, Replace = true, DisconnectUsers = true, Force = true };
        BackupRecord backup = await scene.PutScriptAsync(LiveDatabase.NewContent);
        await Assert.ThrowsAsync<BackupException>(() => scene.RestoreAsync(backup, options));
        Assert.Equal("1", await scene.SqlAsync($"SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
    }

    [Fact]
    public async Task Whoever_may_not_replace_it_is_told_before_anything_is_made()
    {
        LiveDatabase live = await LiveDatabase.MakeAsync(fixture.Server, "rights");
        string role = RestoreScene.NewName("plain");
        await live.Scene.SqlAsync($"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'plain-password'");
        RestoreOptions Plain(RestoreOptions o) => o with { Address = o.Address with { UserName = role, Password = "plain-password" } };
        BackupException refused = await live.RefusedAsync(ErrorIds.PermissionDenied, change: Plain);
        Assert.Contains("owner, postgres", refused.Message, StringComparison.Ordinal);

        await live.Scene.SqlAsync($"ALTER DATABASE {live.Name} OWNER TO {role}; ALTER ROLE {role} NOCREATEDB");
        refused = await live.RefusedAsync(ErrorIds.PermissionDenied, change: Plain);
        Assert.Contains("CREATEDB", refused.Message, StringComparison.Ordinal);

        // A superuser's session is not this role's to end.
        await live.Scene.SqlAsync($"ALTER ROLE {role} CREATEDB");
        await using (NpgsqlConnection boss = await live.ConnectAsync())
        {
            refused = await live.RefusedAsync(ErrorIds.PermissionDenied, change: o => Plain(o) with { DisconnectUsers = true });
            Assert.Contains($"{boss.ProcessID} (user postgres, application 'an application')", refused.Message, StringComparison.Ordinal);
        }

        // With a setting that only a superuser may give, the copy could not be like it: nothing is loaded.
        await live.Scene.SqlAsync($"ALTER DATABASE {live.Name} SET log_statement = 'all'");
        refused = await Assert.ThrowsAsync<BackupException>(() => live.ReplaceAsync("SELECT pg_sleep(600);" + LiveDatabase.End, Plain));
        Assert.Equal(ErrorIds.PermissionDenied, refused.Id);
        await live.Scene.SqlAsync($"ALTER DATABASE {live.Name} RESET log_statement");
        await live.IsUntouchedAsync();

        await live.Scene.UntilAsync($"SELECT count(*) FROM pg_stat_activity WHERE datname = '{live.Name}'", "0");
        await live.ReplaceAsync(LiveDatabase.NewContent, Plain);
        await live.IsReplacedAsync();
        await live.DropAsync();
        await live.Scene.SqlAsync($"DROP ROLE {role}");
    }
}
