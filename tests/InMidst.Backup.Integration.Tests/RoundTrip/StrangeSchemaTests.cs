using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Verify;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>
/// The chapters of PostgreSQL's documentation, one file of tests/data/schemas each: what can be made there is backed up as pg_dump
/// would, comes back equal through our restore and through gunzip and psql, and passes the test of backups.
/// </summary>
public sealed class StrangeSchemaTests(PostgresFixture fixture, StrangeSchemaTests.Sandbox sandbox) : IClassFixture<StrangeSchemaTests.Sandbox>, IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    public static TheoryData<string> Chapters =>
        [.. Directory.EnumerateFiles(DataFiles.Path("schemas"), "*.sql").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Chapters))]
    public async Task A_chapter_comes_back_as_it_was(string chapter)
    {
        string source = RoundTripScene.NewName(chapter.Replace('-', '_'));
        await _scene.Server.CreateDatabaseAsync(source, "TEMPLATE template0 ENCODING 'UTF8'");
        await _scene.Server.PsqlFileAsync(source, DataFiles.Path("schemas", chapter + ".sql"));
        BackupRecord backup = await _scene.BackupAsync(source);
        await _scene.AgreesWithPgDumpAsync(source, backup);

        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        await _scene.AssertEqualAsync(source, copy, await _scene.RestoreByHandAsync(backup));

        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore, sandbox.Server);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
        Assert.Empty(_scene.Warnings);
    }

    [Fact]
    public async Task Temporary_tables_of_other_sessions_are_not_there()
    {
        string source = RoundTripScene.NewName("temporary");
        await _scene.Server.CreateDatabaseAsync(source);
        await _scene.Server.PsqlAsync(source, "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1)");
        await using NpgsqlConnection other = await PostgresConnector.OpenAsync(
            fixture.Address, source, new ConnectorOptions(), TestContext.Current.CancellationToken);
        await using (NpgsqlCommand command = other.CreateCommand())
        {
            command.CommandText = "CREATE TEMPORARY TABLE gone (id serial PRIMARY KEY, v text); INSERT INTO gone (v) VALUES ('x'); CREATE TEMPORARY VIEW seen AS SELECT * FROM gone";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        BackupRecord backup = await _scene.GoAndComeBackAsync(source);
        await _scene.AgreesWithPgDumpAsync(source, backup);
        Assert.Equal("kept", Assert.Single(backup.Manifest!.Tables).Name);
        Assert.Empty((await _scene.ReadIndexAsync(backup)).Sequences);
    }

    [Fact]
    public async Task A_child_whose_columns_were_in_an_order_of_their_own_keeps_every_value_in_its_column()
    {
        string source = RoundTripScene.NewName("inherited");
        await _scene.Server.CreateDatabaseAsync(source);
        await _scene.Server.PsqlAsync(source, """
            CREATE TABLE parent (a text, b text);
            CREATE TABLE child (own text, b text, a text);
            ALTER TABLE child INHERIT parent;
            INSERT INTO child VALUES ('own', 'b', 'a');
            """);
        BackupRecord backup = await _scene.BackupAsync(source);
        await _scene.AgreesWithPgDumpAsync(source, backup);

        // pg_dump makes such a child with its parents' columns first, so all that is equal is what lies in them.
        string copy = RoundTripScene.NewName("inherited");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal("a|b|own", await _scene.Server.PsqlAsync(copy, "SELECT * FROM child"));
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore, sandbox.Server);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
    }

    public void Dispose() => _scene.Dispose();

    /// <summary>One throwaway server that proves them all: it has none of their roles and tablespaces.</summary>
    public sealed class Sandbox : IAsyncDisposable
    {
        public SandboxProofServer Server { get; } = new(binDirectories: null, progress: null);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
