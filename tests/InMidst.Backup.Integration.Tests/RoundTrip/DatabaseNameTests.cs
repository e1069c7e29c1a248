using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Names that mean something to a shell, a file system, libpq or us: as database, schema, table and column at once.</summary>
public sealed class DatabaseNameTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Theory]
    [InlineData("it's \"quoted\"")]
    [InlineData(" blanks ; inside ")]
    [InlineData("Größe 名前 🎭")]
    [InlineData("ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßx")]
    [InlineData("A_NAME_OF_SIXTY_THREE_BYTES_ALL_OF_THEM_IN_UPPER_CASE_LETTERS_X")]
    [InlineData("MixedCase")]
    [InlineData("a=b")]
    [InlineData("postgresql://x")]
    [InlineData("redis")]
    [InlineData(".hidden")]
    [InlineData("x_latest")]
    [InlineData("back\\slash")]
    [InlineData("per%cent{0}{database}")]
    [InlineData("-Fc")]
    [InlineData("line\nbreak")]
    public async Task Any_name_goes_and_comes_back(string name)
    {
        await _scene.Server.CreateDatabaseAsync(name);
        string quoted = "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
        await _scene.Server.PsqlAsync(name, $"""
            CREATE SCHEMA {quoted};
            CREATE TABLE {quoted}.{quoted} ({quoted} text PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY);
            INSERT INTO {quoted}.{quoted} ({quoted}) VALUES ('one'), ('two');
            COMMENT ON DATABASE {quoted} IS 'named';
            GRANT CONNECT ON DATABASE {quoted} TO pg_monitor;
            ALTER DATABASE {quoted} SET work_mem = '5MB';
            """);
        BackupRecord backup = await _scene.GoAndComeBackAsync(name);

        ManifestTable table = Assert.Single(backup.Manifest!.Tables);
        Assert.Equal((name, name, 2), (table.Schema, table.Name, table.Rows));
        Assert.Equal(name, backup.Database);
        var repository = new BackupRepository(_scene.Storage, _scene.Warnings.Add);
        BackupRecord listed = Assert.Single(await repository.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal((backup.Id, name), (listed.Id, listed.Database));
        string copy = RoundTripScene.NewName(name[..1]);
        await _scene.RestoreAsync(listed, copy);
        Assert.Equal(await _scene.PropertiesAsync(name), await _scene.PropertiesAsync(copy));
        Assert.Empty(_scene.Warnings);
    }

    [Fact]
    public async Task Two_databases_are_backed_up_at_once()
    {
        string[] names = [RoundTripScene.NewName("left"), RoundTripScene.NewName("right")];
        foreach (string name in names)
        {
            await _scene.Server.CreateDatabaseAsync(name);
            await _scene.Server.PsqlAsync(name, $"CREATE TABLE t AS SELECT '{name}' AS n, i FROM generate_series(1, 5000) i");
        }

        BackupRecord[] backups = await Task.WhenAll(names.Select(n => _scene.BackupAsync(n)));
        foreach ((string name, BackupRecord backup) in names.Zip(backups))
        {
            string copy = RoundTripScene.NewName("both");
            await _scene.RestoreAsync(backup, copy);
            Assert.Equal(await _scene.DumpAsync(name), await _scene.DumpAsync(copy));
        }
    }

    public void Dispose() => _scene.Dispose();
}
