using System.Diagnostics;
using System.Globalization;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>
/// Some have a million large objects: each costs a row of catalogue and hardly more. MIDST_TEST_LARGE_OBJECTS=1000000 runs the same test
/// with as many, and under the same limits.
/// </summary>
public sealed class LargeObjectTests(PostgresFixture fixture)
{
    private const string CountVariable = "MIDST_TEST_LARGE_OBJECTS";
    private const int UsualCount = 20_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Very_many_pass_through_a_heap_of_ninety_six_megabytes_with_owners_grants_and_comments()
    {
        int count = Environment.GetEnvironmentVariable(CountVariable) is { Length: > 0 } wanted ? int.Parse(wanted, CultureInfo.InvariantCulture) : UsualCount;
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, "CREATE TABLE t ()");
        await MakeAsync(scene.Database, count);

        await using (ChildProcess process = BackupProcess.Start(scene, "export DOTNET_GCHeapHardLimit=6000000"))
        {
            ChildExit exit = await process.WaitForExitAsync(Token);
            Assert.True(exit.Code == 0, exit.StandardErrorTail);
        }

        BackupRecord backup = Assert.Single(await BackupScene.ListWholeAsync(scene.Storage));
        Assert.Equal(count, backup.Manifest!.Totals.LargeObjects);
        string copy = RoundTripScene.NewName("objects");
        using (Process process = RestoringProcess.Start(
            fixture.Server, Path.Combine(scene.Root, backup.Data.Name), copy, new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "6000000" }))
        {
            await process.WaitForExitAsync(Token);
            Assert.Equal(0, process.ExitCode);
        }

        const string Everything = """
            SELECT count(*), sum(hashtextextended(concat_ws('|', oid, pg_get_userbyid(lomowner), lomacl, obj_description(oid, 'pg_largeobject'), md5(lo_get(oid))), 0))
            FROM pg_largeobject_metadata
            """;
        string all = await fixture.Server.PsqlAsync(scene.Database, Everything);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{count}|"), all, StringComparison.Ordinal);
        Assert.Equal(all, await fixture.Server.PsqlAsync(copy, Everything));
    }

    /// <summary>In transactions that fit into the server's lock table.</summary>
    private async Task MakeAsync(string database, int count)
    {
        const int PerTransaction = 10_000;
        for (int made = 0; made < count; made += PerTransaction)
        {
            await fixture.Server.PsqlAsync(database, string.Create(CultureInfo.InvariantCulture, $"""
                SELECT count(lo_from_bytea(({made} + i + 1)::oid, decode(repeat(md5(({made} + i)::text), i % 20), 'hex'))) FROM generate_series(0, {Math.Min(PerTransaction, count - made) - 1}) i;
                """));
        }

        await fixture.Server.PsqlAsync(database, """
            DO $$ BEGIN CREATE ROLE strange_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            DO $$
            BEGIN
                FOR i IN 1..1000 LOOP
                    EXECUTE format('ALTER LARGE OBJECT %s OWNER TO strange_owner', i * 10);
                    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO PUBLIC', i * 10 + 1);
                    EXECUTE format('COMMENT ON LARGE OBJECT %s IS %L', i * 10 + 2, 'object; ' || i);
                END LOOP;
            END $$;
            """);
    }
}
