using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Databases that are not UTF-8. pg_dump's bytes of source and copy are compared, no text made of them.</summary>
public sealed class EncodingTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Theory]
    [InlineData("LATIN1", "größe")]
    [InlineData("LATIN9", "€uro")]
    [InlineData("WIN1251", "имя")]
    [InlineData("EUC_JP", "日本語")]
    [InlineData("EUC_KR", "한국어")]
    [InlineData("EUC_CN", "中文")]
    public async Task Names_data_and_bodies_come_back_in_the_encoding_they_have(string encoding, string word)
    {
        string name = RoundTripScene.NewName(word);
        await CreateAsync(name, encoding);
        await _scene.Server.PsqlAsync(name, $"""
            CREATE TABLE "{word}" ("{word}" text PRIMARY KEY, id serial);
            INSERT INTO "{word}" VALUES ('{word}'), ('plain'), ('{word}\{word}');
            CREATE FUNCTION "f {word}"() RETURNS text LANGUAGE sql AS $$ SELECT '{word}'::text /* {word} */ $$;
            COMMENT ON TABLE "{word}" IS '{word}';
            """);
        await _scene.Server.PsqlAsync("postgres", $"COMMENT ON DATABASE \"{name}\" IS 'about {word}'");
        BackupRecord backup = await _scene.GoAndComeBackAsync(name);
        Assert.Equal(word, Assert.Single(backup.Manifest!.Tables).Name);
        await PassesAsync(backup);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_come_back_in_names_and_data()
    {
        string name = RoundTripScene.NewName("bytes");
        await CreateAsync(name, "SQL_ASCII");
        await _scene.Server.PsqlAsync(name, """
            DO $$
            DECLARE bad text := convert_from('\x74f6ff'::bytea, 'SQL_ASCII');
            BEGIN
                EXECUTE format('CREATE TABLE %I (%I text, id serial)', bad, bad);
                EXECUTE format('INSERT INTO %I VALUES (%L), (%L)', bad, convert_from('\xff5cfe80'::bytea, 'SQL_ASCII'), convert_from('\xc3b6'::bytea, 'SQL_ASCII'));
                EXECUTE format('CREATE TABLE %I (x int)', convert_from('\xc3b6'::bytea, 'SQL_ASCII'));
                EXECUTE format('CREATE TABLE %I (x int)', convert_from('\xf6'::bytea, 'SQL_ASCII'));
                EXECUTE format('INSERT INTO %I VALUES (1), (2)', convert_from('\xf6'::bytea, 'SQL_ASCII'));
            END $$
            """);
        BackupRecord backup = await _scene.GoAndComeBackAsync(name);
        Assert.Equal(3, backup.Manifest!.Tables.Select(t => t.Name).Distinct().Count());
        await PassesAsync(backup);
    }

    [Fact]
    public async Task A_role_named_in_utf8_is_found_again_from_a_latin1_database()
    {
        string role = RoundTripScene.NewName("größe");
        string name = RoundTripScene.NewName("latin");
        await _scene.Server.PsqlAsync("postgres", $"CREATE ROLE \"{role}\"");
        await CreateAsync(name, "LATIN1");
        await _scene.Server.PsqlAsync("postgres", $"""
            ALTER DATABASE "{name}" OWNER TO "{role}";
            GRANT CONNECT ON DATABASE "{name}" TO "{role}" WITH GRANT OPTION;
            ALTER ROLE "{role}" IN DATABASE "{name}" SET work_mem = '1MB';
            """);
        await _scene.Server.PsqlAsync(name, "CREATE TABLE t (id int)");
        BackupRecord backup = await _scene.BackupAsync(name);
        Assert.Contains(role, backup.Manifest!.Requirements.Roles);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal(await _scene.PropertiesAsync(name), await _scene.PropertiesAsync(copy));
    }

    [Fact]
    public async Task Another_client_encoding_of_the_database_changes_nothing()
    {
        string name = RoundTripScene.NewName("client");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, $"""
            CREATE TABLE "größe" (v text DEFAULT 'ö');
            INSERT INTO "größe" VALUES ('ü');
            ALTER DATABASE {name} SET client_encoding = 'LATIN1';
            """);
        await PassesAsync(await _scene.GoAndComeBackAsync(name));
    }

    public void Dispose() => _scene.Dispose();

    private Task CreateAsync(string name, string encoding) =>
        _scene.Server.CreateDatabaseAsync(name, $"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'");

    private async Task PassesAsync(BackupRecord backup)
    {
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
    }
}
