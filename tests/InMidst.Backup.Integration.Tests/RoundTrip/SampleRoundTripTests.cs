using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>The promise, on a database with one of nearly everything: what was backed up comes back, with us and without us.</summary>
public sealed class SampleRoundTripTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task The_sample_comes_back_whole_through_our_restore(CompressionKind compression)
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await _scene.BackupAsync(source, compression);
        string copy = RoundTripScene.NewName("sample");
        RestoreResult result = await _scene.RestoreAsync(backup, copy);

        await _scene.AssertEqualAsync(source, copy);
        Assert.Equal(await _scene.PropertiesAsync(source), await _scene.PropertiesAsync(copy));
        Assert.Equal(backup.Manifest!.Totals.Rows, result.Rows);
        Assert.Empty(_scene.Warnings);
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.None)]
    public async Task The_sample_comes_back_whole_without_us(CompressionKind compression)
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await _scene.BackupAsync(source, compression);
        string copy = RoundTripScene.NewName("by_hand");
        await _scene.Server.CreateDatabaseAsync(copy, "TEMPLATE template0");
        if (compression == CompressionKind.Gzip)
            await _scene.Server.RestoreThroughPsqlAsync(copy, _scene.PathOf(backup));
        else
            await _scene.Server.PsqlFileAsync(copy, _scene.PathOf(backup));

        await _scene.AssertEqualAsync(source, copy);
    }

    [Fact]
    public async Task Sequences_come_back_where_they_stood()
    {
        string source = await fixture.SampleAsync();
        string copy = RoundTripScene.NewName("sequences");
        await _scene.RestoreAsync(await _scene.BackupAsync(source), copy);
        const string Values = """
            SELECT 'countdown', last_value, is_called FROM midst.countdown
            UNION ALL SELECT 'restarted', last_value, is_called FROM midst.restarted
            UNION ALL SELECT 'round', last_value, is_called FROM midst.round
            """;
        string values = await _scene.Server.PsqlAsync(copy, Values);
        Assert.Contains("countdown|-17|t", values);
        Assert.Contains("restarted|55|f", values);
        Assert.Equal(await _scene.Server.PsqlAsync(source, Values), values);
    }

    [Fact]
    public async Task What_the_dump_copies_is_what_pg_dump_copies()
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await _scene.BackupAsync(source);
        Assert.Equal(await _scene.CopiesOfPgDumpAsync(source), await _scene.CopiesAsync(backup));
    }

    [Fact]
    public async Task The_sample_passes_every_level_of_the_test()
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await _scene.BackupAsync(source);
        DumpIndex index = await _scene.ReadIndexAsync(backup);
        Assert.NotEmpty(index.NotValidConstraints);
        Assert.Contains(index.MaterializedViews, v => !v.IsPopulated);
        foreach (VerificationLevel level in Enum.GetValues<VerificationLevel>())
        {
            VerificationResult test = await _scene.TestAsync(backup, level);
            Assert.Empty(test.Findings);
            Assert.Equal(VerificationVerdict.Passed, test.Verdict);
            Assert.All(test.Tables, t => Assert.True(t.Match));
            if (level != VerificationLevel.Stored)
                Assert.Equal(backup.Manifest!.Totals.Rows, test.Tables.Sum(t => t.ActualRows));
        }
    }

    [Fact]
    public async Task A_sandbox_without_its_roles_proves_the_sample()
    {
        BackupRecord backup = await _scene.BackupAsync(await fixture.SampleAsync());
        await using var sandbox = new SandboxProofServer(binDirectories: null, progress: null);
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Restore, sandbox);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
    }

    public void Dispose() => _scene.Dispose();
}
