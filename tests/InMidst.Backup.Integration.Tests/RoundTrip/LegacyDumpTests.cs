using System.IO.Compression;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Dumps that people have lying about, written by pg_dump itself.</summary>
public sealed class LegacyDumpTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Theory]
    [InlineData("")]
    [InlineData("--inserts")]
    [InlineData("--column-inserts")]
    [InlineData("--no-owner")]
    public async Task A_dump_of_pg_dump_restores_to_what_psql_makes_of_it(string options)
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await AddAsync("legacy.sql.gz", Zip(await DumpAsync(source, options)));
        string copy = RoundTripScene.NewName("legacy");
        await _scene.RestoreAsync(backup, copy);

        // Not the source: INSERT statements of pg_dump lose the sign of a zero, and without owners all is the restorer's.
        string byHand = RoundTripScene.NewName("by_hand");
        await _scene.Server.CreateDatabaseAsync(byHand, "TEMPLATE template0");
        await _scene.Server.RestoreThroughPsqlAsync(byHand, _scene.PathOf(backup));
        Assert.Equal(await _scene.SchemaAsync(byHand), await _scene.SchemaAsync(copy));
        Assert.Equal(await _scene.RowsAsync(byHand), await _scene.RowsAsync(copy));
    }

    [Fact]
    public async Task A_dump_that_cleans_up_first_restores_into_a_new_database()
    {
        string source = RoundTripScene.NewName("clean");
        await _scene.Server.CreateDatabaseAsync(source);
        await _scene.Server.PsqlAsync(source, """
            CREATE SCHEMA s;
            CREATE TABLE s.a (id serial PRIMARY KEY, v text);
            CREATE TABLE s.b (id int REFERENCES s.a);
            INSERT INTO s.a (v) VALUES ('one'), ('two');
            INSERT INTO s.b VALUES (2);
            CREATE VIEW s.v AS SELECT * FROM s.a;
            CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER t BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f();
            """);
        BackupRecord backup = await AddAsync("clean.sql.gz", Zip(await DumpAsync(source, "-Fp --clean --if-exists")));
        string copy = RoundTripScene.NewName("clean");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(await _scene.DumpAsync(source), await _scene.DumpAsync(copy));
    }

    [Fact]
    public async Task A_statement_that_is_refused_is_shown_with_its_line()
    {
        const string Script = """
            --
            -- PostgreSQL database dump
            --

            CREATE TABLE a (id int);
            CREATE TABLE b (id int);
            CREATE TABLE "größe" (id nonsense);
            CREATE TABLE c (id int);

            --
            -- PostgreSQL database dump complete
            --

            """;
        BackupRecord backup = await AddAsync("refused.sql", Encoding.UTF8.GetBytes(Script));
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, RoundTripScene.NewName("refused")));
        Assert.Equal(ErrorIds.StatementFailed, refused.Id);
        Assert.StartsWith("Line 7 of the dump: type \"nonsense\" does not exist", refused.Message);
        Assert.EndsWith("CREATE TABLE \"größe\" (id nonsense)", refused.Message);
    }

    [Fact]
    public async Task An_uncompressed_dump_restores_to_the_same()
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await AddAsync("plain.sql", await DumpAsync(source, ""));
        string copy = RoundTripScene.NewName("plain");
        RestoreResult result = await _scene.RestoreAsync(backup, copy);
        Assert.True(result.Rows > 0);
        Assert.Equal(await _scene.SchemaAsync(source), await _scene.SchemaAsync(copy));
        Assert.Equal(await _scene.RowsAsync(source), await _scene.RowsAsync(copy));
    }

    [Fact]
    public async Task A_dump_that_would_make_its_own_database_is_refused_and_leaves_nothing()
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await AddAsync("create.sql.gz", Zip(await DumpAsync(source, "--create")));
        string copy = RoundTripScene.NewName("refused");
        const string Databases = "SELECT datname FROM pg_database WHERE datname LIKE 'refused%' OR datname LIKE 'midst_restoring%'";
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, copy));
        Assert.Equal(ErrorIds.MetaCommandRefused, refused.Id);
        Assert.DoesNotContain(copy, await _scene.Server.PsqlAsync("postgres", Databases));
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore);
        Assert.Equal(VerificationVerdict.Failed, test.Verdict);
    }

    [Fact]
    public async Task A_sandbox_without_its_roles_proves_a_legacy_dump()
    {
        string source = await fixture.SampleAsync();
        byte[] dump = await DumpAsync(source, "");
        await using var sandbox = new SandboxProofServer(binDirectories: null, progress: null);

        VerificationResult whole = await _scene.TestAsync(await AddAsync("whole.sql.gz", Zip(dump)), VerificationLevel.Restore, sandbox);
        Assert.Empty(whole.Findings);
        Assert.Equal(VerificationVerdict.Passed, whole.Verdict);
        Assert.NotEmpty(whole.Tables);

        string text = Encoding.UTF8.GetString(dump);
        string needy = text.Insert(
            text.IndexOf("CREATE SCHEMA", StringComparison.Ordinal), "CREATE EXTENSION IF NOT EXISTS \"not there\" WITH SCHEMA public;\n");
        VerificationResult lacking = await _scene.TestAsync(
            await AddAsync("lacking.sql.gz", Zip(Encoding.UTF8.GetBytes(needy))), VerificationLevel.Restore, sandbox);
        Assert.Equal(VerificationVerdict.NotProvable, lacking.Verdict);
        Assert.Contains("extension not there", Assert.Single(lacking.Findings));

        VerificationResult cut = await _scene.TestAsync(
            await AddAsync("cut.sql.gz", Zip(dump[..(dump.Length / 2)])), VerificationLevel.Restore, sandbox);
        Assert.Equal(VerificationVerdict.Failed, cut.Verdict);
        Assert.Null(cut.ServerVersion);
    }

    public void Dispose() => _scene.Dispose();

    private static byte[] Zip(byte[] text)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(text);
        return zipped.ToArray();
    }

    private Task<byte[]> DumpAsync(string database, string options) =>
        _scene.Server.PgDumpBytesAsync(database, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private Task<BackupRecord> AddAsync(string name, byte[] content) => _scene.AddForeignAsync(name, content);
}
