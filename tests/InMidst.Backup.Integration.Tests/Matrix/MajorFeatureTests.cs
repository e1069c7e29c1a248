using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Matrix;

/// <summary>What came with a major version comes back, on that one and every newer one: tests/data/majors has a script for each.</summary>
[Collection(nameof(MajorServers))]
public sealed class MajorFeatureTests(MajorServers servers)
{
    // The options of CREATE DATABASE, and the major they came with.
    private static readonly (int Since, string Options)[] Locales =
    [
        (14, "LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'LATIN1'"),
        (15, "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE-u-co-phonebk' LOCALE 'C' ENCODING 'UTF8'"),
        (16, "LOCALE_PROVIDER icu ICU_LOCALE 'und' ICU_RULES '&V << w <<< W' LOCALE 'C' ENCODING 'UTF8'"),
        (17, "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' ENCODING 'UTF8'"),
        (18, "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C' ENCODING 'UTF8'"),
    ];

    public static TheoryData<int, int> Features
    {
        get
        {
            int[] features = [.. Directory.EnumerateFiles(DataFiles.Path("majors"), "*.sql").Select(f => int.Parse(Path.GetFileNameWithoutExtension(f)))];
            return new(from major in PostgresMajors.All from feature in features where feature <= major orderby major, feature select (major, feature));
        }
    }

    public static TheoryData<int> Majors => [.. PostgresMajors.All];

    [Theory, MemberData(nameof(Features))]
    public async Task Features_come_back(int major, int since)
    {
        using RoundTripScene scene = await servers.SceneAsync(major);
        string source = $"since_{since}";
        await scene.Server.CreateDatabaseAsync(source, "TEMPLATE template0");
        await scene.Server.PsqlFileAsync(source, DataFiles.Path("majors", $"{since}.sql"));
        BackupRecord backup = await scene.BackupAsync(source);
        string copy = RoundTripScene.NewName("ours");
        await scene.RestoreAsync(backup, copy);
        string byHand = RoundTripScene.NewName("by_hand");
        await scene.Server.CreateDatabaseAsync(byHand, "TEMPLATE template0");
        await scene.Server.RestoreThroughPsqlAsync(byHand, scene.PathOf(backup));

        await scene.AssertEqualAsync(source, copy);
        await scene.AssertEqualAsync(source, byHand);
        VerificationResult test = await scene.TestAsync(backup, VerificationLevel.Restore);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
        Assert.Empty(scene.Warnings);
    }

    [Theory, MemberData(nameof(Majors))]
    public async Task A_database_keeps_its_locale_on_its_own_major_and_on_the_newest(int major)
    {
        using RoundTripScene scene = await servers.SceneAsync(major);
        using RoundTripScene newest = await servers.SceneAsync(PostgresMajors.All[^1]);
        foreach ((_, string options) in Locales.Where(l => l.Since <= major))
        {
            string source = RoundTripScene.NewName("locale");
            await scene.Server.CreateDatabaseAsync(source, "TEMPLATE template0 " + options);
            await scene.Server.PsqlAsync(source, "CREATE TABLE t AS SELECT 'v w W V'::text AS words");
            BackupRecord backup = await scene.BackupAsync(source);
            foreach (RoundTripScene target in new[] { scene, newest })
            {
                string copy = RoundTripScene.NewName("copy");
                await target.RestoreAsync(backup, copy);
                Assert.Equal(await LocaleAsync(scene.Server, source), await LocaleAsync(target.Server, copy));
                Assert.Equal("v w W V", await target.Server.PsqlAsync(copy, "SELECT words FROM t"));
            }
        }
    }

    // Columns of pg_database came and were renamed.
    private static Task<string> LocaleAsync(PostgresServer server, string database) => server.PsqlAsync("postgres", $"""
        SELECT pg_encoding_to_char(encoding), coalesce(d ->> 'datlocprovider', 'c'), d ->> 'datcollate', d ->> 'datctype',
               coalesce(d ->> 'datlocale', d ->> 'daticulocale'), d ->> 'daticurules'
        FROM (SELECT encoding, to_jsonb(b) AS d FROM pg_database b WHERE datname = '{database}') AS b
        """);
}
