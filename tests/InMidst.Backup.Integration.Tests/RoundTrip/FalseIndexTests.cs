using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>A test that always passes proves nothing: each of these dumps claims something of its source that it does not hold.</summary>
public sealed class FalseIndexTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(VerificationLevel.Content)]
    [InlineData(VerificationLevel.Restore)]
    public async Task Another_checksum_fails_naming_the_table(VerificationLevel level) =>
        await FailsAsync(level, "midst.notes", index => index with
        {
            Tables = [.. index.Tables.Select(t => t.Name == "notes" ? t with { Checksum = new string('1', 32) } : t)],
        });

    [Theory]
    [InlineData(VerificationLevel.Content)]
    [InlineData(VerificationLevel.Restore)]
    public async Task Another_number_of_rows_fails_naming_the_table(VerificationLevel level) =>
        await FailsAsync(level, "midst.notes", index => index with
        {
            Tables = [.. index.Tables.Select(t => t.Name == "notes" ? t with { Rows = t.Rows + 1 } : t)],
        });

    [Fact]
    public async Task A_sequence_elsewhere_fails_naming_it() =>
        await FailsAsync(VerificationLevel.Restore, "midst.countdown", index => index with
        {
            Sequences = [.. index.Sequences.Select(s => s.Name == "countdown" ? s with { LastValue = s.LastValue - 1 } : s)],
        });

    [Fact]
    public async Task A_table_that_is_not_there_fails_naming_it() =>
        await FailsAsync(VerificationLevel.Restore, "midst.vanished", index => index with
        {
            Tables = [.. index.Tables, index.Tables[0] with { Schema = "midst", Name = "vanished", RootSchema = null, RootName = null }],
        });

    [Fact]
    public async Task A_view_that_should_be_filled_fails_naming_it() =>
        await FailsAsync(VerificationLevel.Restore, "midst.kinds_per_month", index => index with
        {
            MaterializedViews = [.. index.MaterializedViews.Select(v => v with { IsPopulated = true })],
        });

    [Fact]
    public async Task Other_large_objects_fail() =>
        await FailsAsync(VerificationLevel.Restore, "Large objects", index => index with
        {
            Backup = index.Backup with { Totals = index.Backup.Totals with { LargeObjectChecksum = new string('2', 32) } },
        });

    [Fact]
    public async Task The_same_dump_with_its_true_index_passes()
    {
        VerificationResult test = await _scene.TestAsync(await RewriteAsync(index => index), VerificationLevel.Restore);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
    }

    public void Dispose() => _scene.Dispose();

    private async Task<string> MakeAsync()
    {
        string name = RoundTripScene.NewName("claims");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, """
            CREATE SCHEMA midst;
            CREATE TABLE midst.notes AS SELECT i AS id, 'note ' || i AS note FROM generate_series(1, 50) i;
            CREATE TABLE midst.tasks AS SELECT 1 AS id;
            CREATE SEQUENCE midst.countdown INCREMENT -1 START -5 MINVALUE -100;
            SELECT nextval('midst.countdown');
            CREATE MATERIALIZED VIEW midst.kinds_per_month AS SELECT count(*) FROM midst.notes WITH NO DATA;
            SELECT lo_from_bytea(0, 'large');
            """);
        return name;
    }

    private async Task FailsAsync(VerificationLevel level, string name, Func<DumpIndex, DumpIndex> change)
    {
        VerificationResult test = await _scene.TestAsync(await RewriteAsync(change), level);
        Assert.Equal(VerificationVerdict.Failed, test.Verdict);
        Assert.StartsWith(name, Assert.Single(test.Findings).Replace("Sequence ", "").Replace("Materialised view ", ""));
        Assert.True(test.Tables.Count(t => !t.Match) <= 1);
    }

    /// <summary>The sample's dump once more, frame by frame, with another index at its end.</summary>
    private async Task<BackupRecord> RewriteAsync(Func<DumpIndex, DumpIndex> change)
    {
        const string Name = "rewritten.sql.gz";
        BackupRecord backup = await _scene.BackupAsync(await MakeAsync());
        DumpIndex index = await _scene.ReadIndexAsync(backup);
        await using StorageUpload upload = await _scene.Storage.BeginPutAsync(Name, PutMode.CreateNew, Token);
        await using var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(CompressionKind.Gzip), level: null);
        foreach (FrameEntry frame in index.Frames)
        {
            await writer.BeginFrame(frame.Kind, frame.Table).WriteAsync(await _scene.ReadFrameAsync(backup, frame), Token);
            await writer.EndFrameAsync(frame.Rows);
        }

        await writer.CompleteAsync(change(index) with { Frames = [.. writer.Frames] }, Token);
        await upload.CompleteAsync(Token);
        return await new BackupRepository(_scene.Storage, _scene.Warnings.Add).OpenAsync(Name, Token);
    }
}
