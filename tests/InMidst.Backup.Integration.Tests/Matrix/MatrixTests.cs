using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Postgres.Sandbox.SampleData;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Matrix;

/// <summary>The promise on every major version of PostgreSQL that is on this machine; <c>build.sh matrix</c> insists on all that are supported.</summary>
[Collection(nameof(MajorServers))]
public sealed class MatrixTests(MajorServers servers)
{
    private const string Source = SampleDatabase.DatabaseName;

    public static TheoryData<int> Majors => [.. PostgresMajors.All];

    /// <summary>Every major to itself and to every newer one.</summary>
    public static TheoryData<int, int> Ways
    {
        get
        {
            var ways = new TheoryData<int, int>();
            foreach (int from in PostgresMajors.All)
            {
                foreach (int to in PostgresMajors.All.Where(to => to >= from))
                    ways.Add(from, to);
            }

            return ways;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_sample_comes_back_whole_through_our_restore(int from, int to)
    {
        using RoundTripScene source = await servers.SceneAsync(from);
        using RoundTripScene target = await servers.SceneAsync(to);
        BackupRecord backup = await source.BackupAsync(Source);
        string copy = RoundTripScene.NewName("ours");
        await target.RestoreAsync(backup, copy);

        await target.AssertEqualAsync(await servers.ReferenceAsync(from, to), copy);
        Assert.Equal(await source.PropertiesAsync(Source), await target.PropertiesAsync(copy));
        Assert.Empty(source.Warnings);
        Assert.Empty(target.Warnings);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_sample_comes_back_whole_without_us(int from, int to)
    {
        using RoundTripScene source = await servers.SceneAsync(from);
        using RoundTripScene target = await servers.SceneAsync(to);
        BackupRecord backup = await source.BackupAsync(Source);
        string copy = RoundTripScene.NewName("by_hand");
        await target.Server.CreateDatabaseAsync(copy, "TEMPLATE template0");
        await target.Server.RestoreThroughPsqlAsync(copy, source.PathOf(backup));

        await target.AssertEqualAsync(await servers.ReferenceAsync(from, to), copy);
    }

    [Theory, MemberData(nameof(Majors))]
    public async Task What_the_newest_pg_dump_wrote_loads_where_it_came_from(int major)
    {
        using RoundTripScene scene = await servers.SceneAsync(major, PostgresMajors.NewestClientDirectory);
        BackupRecord backup = await scene.BackupAsync(Source);
        string copy = RoundTripScene.NewName("newer");
        await scene.Server.CreateDatabaseAsync(copy, "TEMPLATE template0");
        await scene.Server.RestoreThroughPsqlAsync(copy, scene.PathOf(backup));

        await scene.AssertEqualAsync(Source, copy);
    }

    [Theory, MemberData(nameof(Majors))]
    public async Task A_sandbox_of_the_same_major_proves_the_sample(int major)
    {
        using RoundTripScene scene = await servers.SceneAsync(major);
        BackupRecord backup = await scene.BackupAsync(Source);
        await using var sandbox = new SandboxProofServer([scene.Server.BinDirectory], progress: null);
        foreach (VerificationLevel level in Enum.GetValues<VerificationLevel>())
        {
            VerificationResult test = await scene.TestAsync(backup, level, sandbox);
            Assert.Empty(test.Findings);
            Assert.Equal(VerificationVerdict.Passed, test.Verdict);
        }
    }

    [Theory, MemberData(nameof(Majors))]
    public async Task What_the_dump_copies_is_what_pg_dump_copies(int major)
    {
        using RoundTripScene scene = await servers.SceneAsync(major);
        BackupRecord backup = await scene.BackupAsync(Source);
        await scene.AgreesWithPgDumpAsync(Source, backup);
    }
}
