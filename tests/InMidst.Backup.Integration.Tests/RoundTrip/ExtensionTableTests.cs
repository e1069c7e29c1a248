using System.Runtime.Versioning;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Oracle;
using InMidst.Backup.Integration.Tests.Sandbox;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Sandbox;
using InMidst.Backup.Postgres.Verify;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Tables of extensions belong to the extension, but for the rows it says are the user's (pg_extension_config_dump).</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ExtensionTableTests(PostgresFixture fixture) : IDisposable
{
    // No extension that comes with PostgreSQL registers a table, and the function that does works in an extension's script only; the
    // catalogue looks the same this way.
    private const string Extension = """
        CREATE SCHEMA ext;
        CREATE EXTENSION tcn SCHEMA ext;
        CREATE TABLE ext.settings (id serial PRIMARY KEY, mine boolean DEFAULT true, "value; of it" text, g integer GENERATED ALWAYS AS (1) STORED);
        INSERT INTO ext.settings (mine, "value; of it") SELECT i % 2 = 0, E'v;\\' || i FROM generate_series(1, 10) i;
        CREATE TABLE ext.all_of_it (id integer);
        INSERT INTO ext.all_of_it VALUES (1), (2);
        CREATE TABLE ext.none_of_it (id integer);
        INSERT INTO ext.none_of_it VALUES (1);
        CREATE TABLE ext.of_nobody (id integer);
        CREATE SEQUENCE ext.not_registered;
        CREATE TABLE users_own (id integer);
        INSERT INTO users_own VALUES (1);
        SELECT setval('ext.settings_id_seq', 77);
        ALTER EXTENSION tcn ADD TABLE ext.settings;
        ALTER EXTENSION tcn ADD SEQUENCE ext.settings_id_seq;
        ALTER EXTENSION tcn ADD TABLE ext.all_of_it;
        ALTER EXTENSION tcn ADD TABLE ext.none_of_it;
        ALTER EXTENSION tcn ADD TABLE ext.of_nobody;
        ALTER EXTENSION tcn ADD SEQUENCE ext.not_registered;
        UPDATE pg_extension SET extconfig = ARRAY['ext.settings', 'ext.settings_id_seq', 'ext.all_of_it', 'ext.none_of_it']::regclass[]::oid[],
            extcondition = ARRAY['WHERE mine AND "value; of it" <> ''x''', '', '', 'WHERE false'] WHERE extname = 'tcn';
        """;

    private readonly RoundTripScene _scene = new(fixture);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_an_extensions_tables_those_rows_are_dumped_that_it_says_are_the_users()
    {
        string source = RoundTripScene.NewName("extension");
        await _scene.Server.CreateDatabaseAsync(source);
        await _scene.Server.PsqlAsync(source, Extension);
        BackupRecord backup = await _scene.BackupAsync(source);
        await _scene.AgreesWithPgDumpAsync(source, backup);

        DumpIndex index = await _scene.ReadIndexAsync(backup);
        Assert.Equal(
            ["ext.all_of_it 2 ", "ext.none_of_it 0 WHERE false", "ext.settings 5 WHERE mine AND \"value; of it\" <> 'x'", "public.users_own 1 "],
            index.Tables.Select(t => $"{t.Schema}.{t.Name} {t.Rows} {t.Filter}"));
        Assert.Equal("settings_id_seq", Assert.Single(index.Sequences).Name);
    }

    [Fact]
    public async Task An_extension_makes_its_tables_and_the_dump_fills_in_what_the_user_put_there()
    {
        await using NpgsqlConnection shared = await PostgresConnector.OpenAsync(fixture.Address, "postgres", new ConnectorOptions(), Token);
        using OwnInstallation installation = await OwnInstallation.CopyAsync(shared, Token);
        installation.AddExtension("with_settings", """
            CREATE TABLE settings (name text PRIMARY KEY, value text, own boolean DEFAULT false);
            INSERT INTO settings VALUES ('of the extension', 'as it was installed', true);
            CREATE TABLE facts (id serial PRIMARY KEY, fact text);
            INSERT INTO facts (fact) VALUES ('nobody changes these');
            SELECT pg_catalog.pg_extension_config_dump('settings', 'WHERE NOT own');
            CREATE TABLE log (id serial, line text);
            SELECT pg_catalog.pg_extension_config_dump('log', '');
            SELECT pg_catalog.pg_extension_config_dump('log_id_seq', '');
            """);
        await using var place = new SandboxPlace();
        await using SandboxServer server = await place.StartAsync(new SandboxOptions { BinDirectories = [installation.BinDirectory] }, Token);
        ServerAddress address = SandboxAddress.Of(server);
        await RunAsync(address, server.Database, "CREATE DATABASE source");
        await RunAsync(address, "source", """
            CREATE SCHEMA held;
            CREATE EXTENSION with_settings SCHEMA held;
            INSERT INTO held.settings VALUES ('of the user', 'hers', false);
            INSERT INTO held.log (line) SELECT 'line ' || i FROM generate_series(1, 5) i;
            """);
        BackupRecord backup = await _scene.BackupAsync("source", address: address);
        await new DatabaseRestore(new RestoreOptions { Address = address, TargetDatabase = "copy", MaintenanceDatabase = server.Database }, TimeProvider.System, _scene.Warnings.Add)
            .RunAsync(backup, new Reports(), Token);

        const string Everything = """
            SELECT string_agg(r, ' ' ORDER BY r) FROM (
                SELECT s::text FROM held.settings s UNION ALL SELECT f::text FROM held.facts f UNION ALL SELECT l::text FROM held.log l
                UNION ALL SELECT 'sequence ' || last_value FROM held.log_id_seq) x(r)
            """;
        string all = await RunAsync(address, "source", Everything);
        Assert.Contains("hers", all, StringComparison.Ordinal);
        Assert.Equal(all, await RunAsync(address, "copy", Everything));
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore, new ExistingProofServer(address));
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
    }

    public void Dispose() => _scene.Dispose();

    private static async Task<string> RunAsync(ServerAddress address, string database, string sql)
    {
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(address, database, new ConnectorOptions(), Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token) as string ?? "";
    }
}
