using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>PostgreSQL stores values that it cannot write as text.</summary>
public sealed class LargeRowTests(PostgresFixture fixture)
{
    [Fact]
    public async Task A_row_the_server_cannot_write_is_named_by_its_place()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, """
            CREATE UNLOGGED TABLE "Größen" (id int, v bytea, note text);
            ALTER TABLE "Größen" ALTER v SET STORAGE EXTERNAL;
            INSERT INTO "Größen" SELECT i, 'x', repeat(md5(i::text), 10) FROM generate_series(1, 700) i;
            INSERT INTO "Größen" SELECT 701, string_agg(convert_to(repeat('x', 10000000), 'SQL_ASCII'), '') FROM generate_series(1, 54);
            INSERT INTO "Größen" SELECT i, 'x', repeat(md5(i::text), 10) FROM generate_series(702, 1500) i;
            DELETE FROM "Größen" WHERE id % 7 = 2;
            """);
        string place = await fixture.Server.PsqlAsync(scene.Database, "SELECT ctid FROM \"Größen\" WHERE id = 701");
        foreach (int workers in (int[])[1, 3])
        {
            DumpOptions options = scene.Options with { Workers = workers };
            BackupException failure = await scene.FailsAsync(ErrorIds.RowTooLarge, options);
            Assert.Contains($"public.\"Größen\" with ctid {place}", failure.Message);
            Assert.Contains("1080000003", failure.Message);
            Assert.Equal("public.\"Größen\"", failure.Target);
            await scene.NobodyIsLeftAsync();
        }

        await fixture.Server.PsqlAsync(scene.Database, string.Create(CultureInfo.InvariantCulture, $"DELETE FROM \"Größen\" WHERE ctid = '{place}'"));
        await scene.HoldsExactlyAsync(await scene.RunAsync());
    }
}
