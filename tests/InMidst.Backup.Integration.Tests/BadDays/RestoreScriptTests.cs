using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class RestoreScriptTests(PostgresFixture fixture)
{
    private const string End = "\n-- PostgreSQL database dump complete\n";

    private readonly RestoreScene _scene = new(fixture.Server);

    [Theory]
    [InlineData("CREATE TABLE a (x int);\n\nCREATE TABLE b (y nonsense);\nCREATE TABLE c ();", 3, "CREATE TABLE b")]
    [InlineData("CREATE TABLE a (x int PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES\n (1);\nINSERT INTO a VALUES (2);", 3, "INSERT INTO a VALUES\n (1)")]
    [InlineData("SELECT 1;\nSET statement_timeout = 'no number';", 2, "SET statement_timeout")]
    [InlineData("SELECT 1; SELECT 2;\nSELECT 'é' FROM nowhere;", 2, "SELECT 'é'")]
    [InlineData("BEGIN;\nSELECT 1/0;\nCOMMIT;", 2, "SELECT 1/0")]
    public async Task A_statement_that_fails_is_named_with_its_line(string script, int line, string statement)
    {
        string target = RestoreScene.NewName("statement");
        var refused = await Assert.ThrowsAsync<BackupException>(async () => await _scene.RestoreAsync(await _scene.PutScriptAsync(script + End), target));
        Assert.Equal(ErrorIds.StatementFailed, refused.Id);
        Assert.StartsWith($"Line {line} of the dump", refused.Message);
        Assert.Contains(statement, refused.Message);
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task In_a_batch_of_many_the_one_that_fails_is_named()
    {
        string target = RestoreScene.NewName("batch");
        string script = string.Concat(Enumerable.Range(1, 250).Select(i => i == 137 ? "CREATE TABLE wrong (x nothing);\n" : $"CREATE TABLE t{i} ();\n"));
        var refused = await Assert.ThrowsAsync<BackupException>(async () => await _scene.RestoreAsync(await _scene.PutScriptAsync(script + End), target));
        Assert.StartsWith("Line 137 of the dump", refused.Message);
        Assert.Contains("wrong", refused.Message);
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task A_row_that_does_not_fit_is_named_with_table_and_line()
    {
        string target = RestoreScene.NewName("row");
        const string Script = "CREATE TABLE numbers (n int);\nCOPY numbers (n) FROM stdin;\n1\n2\nthree\n4\n\\.\n";
        var refused = await Assert.ThrowsAsync<BackupException>(async () => await _scene.RestoreAsync(await _scene.PutScriptAsync(Script + End), target));
        Assert.Equal(ErrorIds.StatementFailed, refused.Id);
        Assert.Contains("COPY numbers, line 3", refused.Message);
        Assert.Contains("three", refused.Message);
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task Settings_the_server_does_not_know_are_warnings_wherever_they_stand()
    {
        string target = RestoreScene.NewName("unknown");
        const string Script = "SET setting_of_the_future = 0;\nCREATE TABLE t (a int);\nSET another_one = 'x';\nINSERT INTO t VALUES (1);\n";
        await _scene.RestoreAsync(await _scene.PutScriptAsync(Script + End), target);
        Assert.Equal("1", await _scene.SqlAsync("SELECT count(*) FROM t", target));
        Assert.Equal(2, _scene.Warnings.Count);
        Assert.Contains("Line 1", _scene.Warnings[0]);
        Assert.Contains("another_one", _scene.Warnings[1]);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Theory]
    [InlineData("\\! touch {0}")]
    [InlineData("\\connect postgres")]
    [InlineData("\\i {0}")]
    [InlineData("\\copy t FROM PROGRAM 'touch {0}'")]
    [InlineData("SELECT 1 \\g | touch {0}")]
    [InlineData("SELECT 1; \\! touch {0}")]
    [InlineData("\\o {0}")]
    [InlineData("\\set x `touch {0}`")]
    public async Task Commands_of_psql_are_refused_and_never_run(string command)
    {
        using var directory = new TemporaryDirectory();
        string trace = Path.Combine(directory.Path, "trace");
        string target = RestoreScene.NewName("meta");
        BackupRecord backup = await _scene.PutScriptAsync("CREATE TABLE t (a text);\n" + string.Format(command, trace) + "\n" + End);
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
        Assert.Equal(ErrorIds.MetaCommandRefused, refused.Id);
        Assert.Contains("Line 2", refused.Message);
        Assert.False(File.Exists(trace));
        await _scene.NothingLeftAsync(target);
        Assert.Equal(VerificationVerdict.Failed, (await _scene.TestAsync(backup, VerificationLevel.Content)).Verdict);
    }

    public static TheoryData<string, byte[], string, string> OtherFiles => new()
    {
        { "utf16.sql", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("SELECT 1;")], "ScriptInvalid", "UTF-16" },
        { "custom.sql", [.. "PGDMP\u0001\u000e"u8], "ScriptInvalid", "custom-format" },
        { "tar.sql", [.. "toc.dat\0"u8, .. new byte[504]], "ScriptInvalid", "tar" },
        { "cluster.sql", [.. "--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE harmful;\n"u8], "ScriptInvalid", "pg_dumpall" },
        { "empty.sql", [], "ScriptInvalid", "empty" },
        { "empty.sql.gz", RestoreSamples.Gzip(""), "ScriptInvalid", "empty" },
        { "spaces.sql", [.. "  \n\n"u8], "ScriptInvalid", "empty" },
        { "text.sql", [.. "Dear all,\nthis is no dump.\n"u8], "ScriptInvalid", "inside a statement" },
        { "comments.sql", [.. "-- nothing\n-- here\n"u8], "BackupCorrupt", "incomplete" },
        { "garbage.sql.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4], "BackupCorrupt", "damaged" },
        { "of-garbage.sql.gz", RestoreSamples.Gzip("\u0001\u0002\0\u0003"), "ScriptInvalid", "zero bytes" },
        { "twice.sql.gz", [.. RestoreSamples.Gzip("x").Take(2), .. new byte[30]], "BackupCorrupt", "damaged" },
        { "cut.sql", [.. "SET client_encoding = 'UTF8';\nCREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\n"u8], "BackupCorrupt", "table t" },
    };

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public async Task A_file_that_is_no_dump_says_what_it_is(string name, byte[] content, string id, string words)
    {
        string target = RestoreScene.NewName("nodump");
        BackupRecord backup = await _scene.PutAsync(name, content);
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
        Assert.Equal(id, refused.Id.Name);
        Assert.Contains(words, refused.Message);
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Content);
        Assert.Equal(VerificationVerdict.Failed, test.Verdict);
        Assert.NotEmpty(test.Findings);
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task A_directory_or_a_missing_file_is_not_found()
    {
        using var directory = new TemporaryDirectory();
        directory.Sub("dump.sql");
        foreach (string name in (string[])["dump.sql", "missing.sql"])
        {
            var storage = new DiskStorage(directory.Path);
            var missing = await Assert.ThrowsAnyAsync<BackupException>(() => new BackupRepository(storage, _ => { }).OpenAsync(name, RestoreScene.Token));
            Assert.Equal(ErrorIds.ObjectNotFound, missing.Id);
        }
    }

    [Fact]
    public async Task What_the_server_lacks_is_missing_and_not_wrong()
    {
        string target = RestoreScene.NewName("lacks");
        foreach ((string script, string words) in ((string, string)[])
            [
                ("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;", "postgresql-15-postgis-3"),
                ("CREATE TABLE t ();\nALTER TABLE t OWNER TO \"nobody we know\";", "role nobody we know"),
                ("SET default_tablespace = far_away;", "far_away"),
                ("CREATE COLLATION c (provider = libc, locale = 'xx_YY.UTF-8');", "locale-gen"),
            ])
        {
            var refused = await Assert.ThrowsAsync<BackupException>(async () => await _scene.RestoreAsync(await _scene.PutScriptAsync(script + End), target));
            Assert.True(refused.Id == ErrorIds.RequirementMissing, refused.ToString());
            Assert.Contains(words.Replace("-15-", $"-{fixture.Server.Major}-"), refused.Message);
        }

        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task A_full_disk_of_the_server_is_said_and_nothing_is_left()
    {
        string target = RestoreScene.NewName("full");
        const string DiskFull = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = 'disk_full'; END $$;";
        const string Limit = """
            SET temp_file_limit = '64kB';
            SET work_mem = '64kB';
            SET maintenance_work_mem = '1MB';
            CREATE TABLE t AS SELECT md5(i::text) AS a FROM generate_series(1, 60000) i;
            CREATE INDEX ON t (a);
            """;
        foreach (string script in (string[])[DiskFull, Limit])
        {
            BackupRecord backup = await _scene.PutScriptAsync(script + End);
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
            Assert.Equal(ErrorIds.ServerError, refused.Id);
            Assert.Contains(script == DiskFull ? "free some space" : "log", refused.Guidance);

            // It says nothing of the backup: no verdict.
            await using var server = new ExistingProofServer(_scene.Address);
            await Assert.ThrowsAsync<BackupException>(() => _scene.TestAsync(backup, VerificationLevel.Restore, server));
        }

        await _scene.NothingLeftAsync(target);
    }
}
