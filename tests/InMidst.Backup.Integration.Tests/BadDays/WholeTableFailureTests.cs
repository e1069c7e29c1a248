using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A table is loaded in one transaction, and something happens in the middle of it.</summary>
public sealed class WholeTableFailureTests(PostgresFixture fixture) : IDisposable
{
    private readonly RestoreScene _scene = new(fixture.Server);
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task A_row_that_is_refused_is_named_and_nothing_is_left()
    {
        BackupRecord backup = await BackUpAsync("""
            CREATE FUNCTION let_in(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN
                IF current_database() LIKE ''midst_restoring%'' AND $1 = 30000 THEN RAISE EXCEPTION ''not this one''; END IF; RETURN $1; END';
            CREATE TABLE t (a int, b text, c int GENERATED ALWAYS AS (public.let_in(a)) STORED);
            INSERT INTO t SELECT i, repeat('x', 50) FROM generate_series(1, 40000) i;
            """);
        string target = RestoreScene.NewName("refused");
        var refused = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(backup, target));
        Assert.True(refused.Id == ErrorIds.StatementFailed, refused.ToString());
        Assert.StartsWith("Rows of public.t: not this one", refused.Message);
        await _scene.NothingLeftAsync(target);
    }

    [Theory]
    [InlineData("pg_terminate_backend")]
    [InlineData("pg_cancel_backend")]
    [InlineData(null)]
    public async Task Ended_between_two_frames_nothing_is_left(string? how)
    {
        (BackupRecord backup, DumpIndex index) = await TwoFramesAsync();
        var goOn = new TaskCompletionSource();
        BackupRecord held = await HoldAsync(backup, index, damagedAt: -1, goOn, out TaskCompletionSource stopped);
        string target = RestoreScene.NewName("between");
        using var cancel = new CancellationTokenSource();
        Task<RestoreResult> restoring = RestoreAsync(held, target, cancel.Token);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60), RestoreScene.Token);
        if (how is null)
        {
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
        }
        else
        {
            await _scene.SqlAsync($"SELECT {how}({await _scene.LoadingAsync(target, "COPY public.t")})");
            goOn.SetResult();
            var lost = await Assert.ThrowsAsync<BackupException>(() => restoring);
            Assert.True(lost.Id == (how == "pg_terminate_backend" ? ErrorIds.ConnectionLost : ErrorIds.ServerError), lost.ToString());
        }

        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task A_damaged_last_frame_takes_the_frames_before_it_along()
    {
        (BackupRecord backup, DumpIndex index) = await TwoFramesAsync();
        var goOn = new TaskCompletionSource();
        BackupRecord held = await HoldAsync(backup, index, damagedAt: 1000, goOn, out TaskCompletionSource stopped);
        string target = RestoreScene.NewName("damaged");
        Task<RestoreResult> restoring = RestoreAsync(held, target);
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60), RestoreScene.Token);
        string filling = await _scene.SqlAsync($"SELECT {RestoreScene.RestoringName(target)}");

        // Whoever wants to see rows of the first frame waits for the transaction that loads both.
        Assert.Equal("AccessExclusiveLock", await _scene.SqlAsync(
            "SELECT DISTINCT mode FROM pg_locks WHERE relation = 't'::regclass AND granted AND mode LIKE 'AccessE%'", filling));
        goOn.SetResult();
        var refused = await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.True(refused.Id == ErrorIds.BackupCorrupt, refused.ToString());
        Assert.Contains("public.t", refused.Message);
        await _scene.NothingLeftAsync(target);
    }

    public void Dispose() => _directory.Dispose();

    private async Task<(BackupRecord Backup, DumpIndex Index)> TwoFramesAsync()
    {
        BackupRecord backup = await BackUpAsync("CREATE TABLE t AS SELECT repeat('x', 999) AS a FROM generate_series(1, 18000)", CompressionKind.None);
        DumpIndex index = (await BackupContents.OpenAsync(backup, RestoreScene.Token)).Index!;
        Assert.Equal(2, index.Frames.Count(f => f.Kind == FrameKind.Data));
        return (backup, index);
    }

    /// <summary>A backup whose last frame of rows is not read to its end before it may be.</summary>
    private Task<BackupRecord> HoldAsync(BackupRecord backup, DumpIndex index, long damagedAt, TaskCompletionSource goOn, out TaskCompletionSource stopped)
    {
        FrameEntry last = index.Frames.Last(f => f.Kind == FrameKind.Data);
        var reached = stopped = new TaskCompletionSource();
        var storage = new RangeStorage(backup.Storage, (offset, stream) =>
            offset == last.Offset ? new HeldStream(stream, last.Length - 1, damagedAt, reached, goOn.Task) : stream);
        return new BackupRepository(storage, _scene.Warnings.Add).OpenAsync(backup.Data.Name, RestoreScene.Token);
    }

    private async Task<BackupRecord> BackUpAsync(string sql, CompressionKind compression = CompressionKind.Gzip)
    {
        string database = RestoreScene.NewName("source");
        await fixture.Server.CreateDatabaseAsync(database);
        await fixture.Server.PsqlAsync(database, sql);
        var options = new DumpOptions { Address = _scene.Address, Database = database, Compression = compression, ExcludeGlobals = true, Tool = "test" };
        return await new OneRepositoryDump(options, new DiskStorage(_directory.Path), TimeProvider.System, _scene.Warnings.Add)
            .RunAsync(new Steps(null), RestoreScene.Token);
    }

    // One worker: all tables fit into its share.
    private Task<RestoreResult> RestoreAsync(BackupRecord backup, string target, CancellationToken? token = null) =>
        new DatabaseRestore(new RestoreOptions { Address = _scene.Address, TargetDatabase = target, Workers = 1 }, TimeProvider.System, _scene.Warnings.Add)
            .RunAsync(backup, new Steps(null), token ?? RestoreScene.Token);
}
