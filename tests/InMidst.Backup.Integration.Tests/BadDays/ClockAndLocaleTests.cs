using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Source, target and the machine of the command live in different places and years.</summary>
public sealed class ClockAndLocaleTests(PostgresFixture fixture)
{
    private const string Things = """
        CREATE TABLE "İstanbul" (id int PRIMARY KEY, at timestamptz, wall timestamp, day date, hour timetz, took interval, f float8, g real, price money, raw bytea);
        INSERT INTO "İstanbul" SELECT i, '2026-10-25 00:30:00Z'::timestamptz + i * interval '37 min', timestamp '1582-10-15' + i * interval '1 day 1 us',
            date '0044-03-15 BC' + i, ('12:34:56.789' || to_char(i % 13, 'SG00'))::timetz, make_interval(years => -i, days => i, secs => i / 7.0), 0.1 + i * 0.2, i / 3.0,
            (i * 1234.5)::numeric::money, decode(md5(i::text), 'hex') FROM generate_series(1, 300) i;
        INSERT INTO "İstanbul" (id, at, day, f) VALUES (0, 'infinity', '-infinity', 'NaN');
        """;

    // Under settings of its own, so that both servers answer in the same words.
    private const string Content = """
        SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'; SET lc_monetary = 'C';
        SELECT t::text FROM "İstanbul" t ORDER BY id
        """;

    private static readonly Dictionary<string, string> ElsewhereServer = new()
    {
        ["timezone"] = "Pacific/Chatham", ["log_timezone"] = "Pacific/Chatham", ["datestyle"] = "SQL, DMY", ["intervalstyle"] = "sql_standard",
        ["extra_float_digits"] = "-10", ["bytea_output"] = "escape", ["lc_monetary"] = "C.UTF-8", ["lc_numeric"] = "C.UTF-8", ["lc_time"] = "C.UTF-8",
        ["xmloption"] = "document", ["array_nulls"] = "off",
    };

    private static readonly Dictionary<string, string> ElsewhereClient = new()
    {
        ["TZ"] = "America/St_Johns", ["LC_ALL"] = "tr_TR.UTF-8", ["LANG"] = "tr_TR.UTF-8", ["PGTZ"] = "Asia/Kathmandu", ["PGDATESTYLE"] = "German",
        ["PGCLIENTENCODING"] = "LATIN5",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_rows_come_back_whatever_clock_and_language_each_machine_has()
    {
        await using PostgresServer elsewhere = await PostgresServer.StartAsync(ElsewhereServer);
        using BackupScene scene = await BackupScene.CreateAsync(elsewhere, Things);
        string shell = string.Join('\n', ElsewhereClient.Select(v => $"export {v.Key}={v.Value}"));
        await using ChildProcess process = BackupProcess.Start(scene, shell);
        ChildExit exit = await process.WaitForExitAsync(Token);
        Assert.True(exit.Code == 0, exit.StandardErrorTail);
        BackupRecord backup = Assert.Single(await BackupScene.ListWholeAsync(scene.Storage));
        Assert.InRange(DateTimeOffset.UtcNow - backup.Started, TimeSpan.Zero, TimeSpan.FromMinutes(2));

        string copy = RestoreScene.NewName("elsewhere");
        using Process restoring = RestoringProcess.Start(fixture.Server, Path.Combine(scene.Root, backup.Data.Name), copy, ElsewhereClient);
        await restoring.WaitForExitAsync(Token);
        Assert.Equal(0, restoring.ExitCode);
        Assert.Equal(await elsewhere.PsqlAsync(scene.Database, Content), await fixture.Server.PsqlAsync(copy, Content));

        // Counts and checksums, by a machine whose clock is a generation behind.
        VerificationResult test = await new BackupVerifier(
            new ExistingProofServer(fixture.Address), "test", new FixedClock(new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.FromHours(-11))), scene.Warnings.Enqueue)
            .RunAsync(backup, VerificationLevel.Restore, new Steps(null), Token);
        Assert.True(test.Verdict == VerificationVerdict.Passed, string.Join(' ', test.Findings));
    }

    // A collation of a locale that this system does not have cannot be made here, but stand in a catalogue that was.
    [Fact]
    public async Task A_collation_whose_locale_the_target_lacks_is_named_before_the_first_byte()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, """
            CREATE COLLATION ours (provider = libc, locale = 'C');
            CREATE TABLE words (word text COLLATE ours); CREATE TABLE others (id int);
            UPDATE pg_collation SET collcollate = 'xx_YY.UTF-8', collctype = 'xx_YY.UTF-8' WHERE collname = 'ours';
            """);
        BackupRecord backup = await scene.RunAsync();
        Assert.Contains("xx_YY.UTF-8", backup.Manifest!.Requirements.Locales);
        string target = RestoreScene.NewName("speechless");
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(backup, new RestoreOptions { Address = fixture.Address, TargetDatabase = target }));
        Assert.True(refused.Id == ErrorIds.RequirementMissing, refused.ToString());
        Assert.Contains("lacks what the backup needs: locale xx_YY.UTF-8", refused.Message);
        Assert.Contains("locale-gen", refused.Message);
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", $"SELECT count(*) FROM pg_database WHERE datname = '{target}'"));

        // Whoever wants none of it needs none of it.
        await RestoreAsync(backup, new RestoreOptions { Address = fixture.Address, TargetDatabase = target, Tables = [NamePattern.Exactly("others")] });
    }

    private static Task<RestoreResult> RestoreAsync(BackupRecord backup, RestoreOptions options) =>
        new DatabaseRestore(options, TimeProvider.System, _ => { }).RunAsync(backup, new Steps(null), Token);
}
