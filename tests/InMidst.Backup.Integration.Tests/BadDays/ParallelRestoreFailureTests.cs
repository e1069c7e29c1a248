using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Several connections load a dump of ours, and something happens to one of them.</summary>
public sealed class ParallelRestoreFailureTests(PostgresFixture fixture) : IDisposable
{
    private readonly RestoreScene _scene = new(fixture.Server);
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task One_index_that_fails_stops_the_others_and_is_named()
    {
        BackupRecord backup = await BackUpAsync("""
            CREATE FUNCTION restoring() RETURNS bool LANGUAGE sql AS 'SELECT current_database() LIKE ''midst_restoring%''';
            CREATE FUNCTION fails(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
                'BEGIN IF public.restoring() THEN PERFORM pg_sleep(0.3); RAISE EXCEPTION ''not here''; END IF; RETURN $1; END';
            CREATE FUNCTION lasts(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF public.restoring() THEN PERFORM pg_sleep(600); END IF; RETURN $1; END';
            CREATE TABLE bad AS SELECT 1 AS a;
            CREATE TABLE slow AS SELECT 1 AS a;
            CREATE INDEX never_made ON bad (fails(a));
            CREATE INDEX lasting ON slow (lasts(a));
            """);
        string target = RestoreScene.NewName("fails");
        var clock = Stopwatch.StartNew();
        var refused = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(backup, target));
        Assert.True(refused.Id == ErrorIds.StatementFailed, refused.ToString());
        Assert.StartsWith("INDEX public.never_made: not here", refused.Message);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task A_full_disk_stops_all_and_is_said_as_such()
    {
        BackupRecord backup = await BackUpAsync("""
            CREATE FUNCTION restoring() RETURNS bool LANGUAGE sql AS 'SELECT current_database() LIKE ''midst_restoring%''';
            CREATE FUNCTION fills(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
                'BEGIN IF public.restoring() THEN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''disk_full''; END IF; RETURN $1; END';
            CREATE FUNCTION lasts(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF public.restoring() THEN PERFORM pg_sleep(600); END IF; RETURN $1; END';
            CREATE TABLE large AS SELECT 1 AS a;
            CREATE TABLE slow AS SELECT 1 AS a;
            CREATE INDEX lasting ON slow (lasts(a));
            CREATE INDEX never_made ON large (fills(a));
            """);
        string target = RestoreScene.NewName("full");
        var refused = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(backup, target));
        Assert.True(refused.Id == ErrorIds.ServerError, refused.ToString());
        Assert.Contains("free some space", refused.Guidance);
        await _scene.NothingLeftAsync(target);
    }

    [Theory]
    [InlineData("pg_terminate_backend")]
    [InlineData("pg_cancel_backend")]
    public async Task A_worker_that_is_ended_while_it_copies_ends_the_restore(string how)
    {
        string gate = await ShutAsync();
        BackupRecord backup = await BackUpAsync(Gated(gate));
        string target = RestoreScene.NewName("ended");
        Task<RestoreResult> restoring = RestoreAsync(backup, target);
        await _scene.LoadingAsync(target, "COPY public.second");
        await _scene.SqlAsync($"SELECT {how}({await _scene.LoadingAsync(target, "COPY public.first")})");
        var lost = await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.True(lost.Id == (how == "pg_terminate_backend" ? ErrorIds.ConnectionLost : ErrorIds.ServerError), lost.ToString());
        await _scene.NothingLeftAsync(target);
        await _scene.SqlAsync($"DROP ROLE {gate}");
    }

    [Fact]
    public async Task Cancelled_while_all_workers_copy_it_ends_promptly()
    {
        string gate = await ShutAsync();
        BackupRecord backup = await BackUpAsync(Gated(gate));
        string target = RestoreScene.NewName("cancelled");
        using var cancel = new CancellationTokenSource();
        Task<RestoreResult> restoring = RestoreAsync(backup, target, cancel.Token);
        await _scene.LoadingAsync(target, "COPY public.first");
        await _scene.LoadingAsync(target, "COPY public.second");
        var clock = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => restoring);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        await _scene.NothingLeftAsync(target);
        await _scene.SqlAsync($"DROP ROLE {gate}");
    }

    [Fact]
    public async Task After_a_kill_minus_nine_the_same_backup_is_restored_by_the_next_run()
    {
        string gate = await ShutAsync();
        BackupRecord backup = await BackUpAsync(Gated(gate));
        string target = RestoreScene.NewName("killed");
        using (Process child = RestoringProcess.Start(fixture.Server, Path.Combine(_directory.Path, backup.Data.Name), target))
        {
            await _scene.LoadingAsync(target, "COPY public.first");
            child.Kill();
            await child.WaitForExitAsync(RestoreScene.Token);
        }

        await _scene.SqlAsync($"DROP ROLE {gate}");
        RestoreResult? result = null;
        while (result is null)
        {
            try
            {
                result = await RestoreAsync(backup, target);
            }
            catch (BackupException e) when (e.Id == ErrorIds.RestoreInProgress)
            {
                // The server has not noticed yet that the other one is dead.
            }
        }

        Assert.Equal(2, result.Rows);
        Assert.Contains(_scene.Warnings, w => w.Contains("interrupted restore") && w.Contains(target));
        await _scene.OnlyTargetLeftAsync(target);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Fact]
    public async Task No_row_of_a_damaged_frame_is_ever_to_be_seen()
    {
        BackupRecord backup = await BackUpAsync("CREATE TABLE t AS SELECT 1000000 + i AS a FROM generate_series(1, 5000) i", CompressionKind.None);
        DumpIndex index = (await BackupContents.OpenAsync(backup, RestoreScene.Token)).Index!;
        FrameEntry frame = index.Frames.Single(f => f.Kind == FrameKind.Data);
        long digit = "COPY public.t (a) FROM stdin;\n".Length + (2500 * "1000001\n".Length) + 3;
        var atTheEnd = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var storage = new RangeStorage(backup.Storage, (offset, stream) =>
            offset == frame.Offset ? new HeldStream(stream, frame.Length - 1, damagedAt: digit, atTheEnd, goOn.Task) : stream);
        BackupRecord held = await new BackupRepository(storage, _scene.Warnings.Add).OpenAsync(backup.Data.Name, RestoreScene.Token);
        string target = RestoreScene.NewName("damaged");
        Task<RestoreResult> restoring = RestoreAsync(held, target);
        await atTheEnd.Task.WaitAsync(TimeSpan.FromSeconds(60), RestoreScene.Token);
        string filling = await _scene.SqlAsync($"SELECT {RestoreScene.RestoringName(target)}");
        Assert.Equal("0", await _scene.SqlAsync("SELECT count(*) FROM t", filling));
        goOn.SetResult();
        var refused = await Assert.ThrowsAsync<BackupException>(() => restoring);
        Assert.True(refused.Id == ErrorIds.BackupCorrupt, refused.ToString());
        Assert.Contains("public.t", refused.Message);
        await _scene.NothingLeftAsync(target);
    }

    [Fact]
    public async Task Where_the_server_has_room_for_fewer_fewer_load_it_and_that_is_said()
    {
        string role = RestoreScene.NewName("narrow");
        await _scene.SqlAsync($"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'p' CONNECTION LIMIT 3");
        BackupRecord backup = await BackUpAsync(string.Concat(Enumerable.Range(1, 8).Select(i => $"CREATE TABLE t{i} AS SELECT {i} AS a;\n")));
        string target = RestoreScene.NewName("narrow");
        var options = new RestoreOptions
        {
            Address = _scene.Address with { UserName = role, Password = "p" }, TargetDatabase = target, Workers = 6, NoOwner = true, NoPrivileges = true,
        };
        RestoreResult result = await new DatabaseRestore(options, TimeProvider.System, _scene.Warnings.Add).RunAsync(backup, new Steps(null), RestoreScene.Token);
        Assert.Equal(8, result.Rows);
        Assert.Contains(_scene.Warnings, w => w.Contains("room for 2 instead of 6"));
        await _scene.SqlAsync($"DROP DATABASE {target}");
        await _scene.SqlAsync($"DROP ROLE {role}");
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>A role; while it exists, rows of gated tables are not let in.</summary>
    private async Task<string> ShutAsync()
    {
        string gate = RestoreScene.NewName("gate");
        await _scene.SqlAsync($"CREATE ROLE {gate}");
        return gate;
    }

    // In a generated column: tables whose constraints call functions are loaded one after another.
    private static string Gated(string gate) => $"""
        CREATE FUNCTION gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN
            WHILE current_database() LIKE ''midst_restoring%'' AND EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ''{gate}'') LOOP
                PERFORM pg_sleep(0.02);
            END LOOP;
            RETURN true; END';
        CREATE TABLE first (a int, b bool GENERATED ALWAYS AS (public.gate(a)) STORED); INSERT INTO first VALUES (1);
        CREATE TABLE second (a int, b bool GENERATED ALWAYS AS (public.gate(a)) STORED); INSERT INTO second VALUES (1);
        """;

    private async Task<BackupRecord> BackUpAsync(string sql, CompressionKind compression = CompressionKind.Gzip)
    {
        string database = RestoreScene.NewName("source");
        await fixture.Server.CreateDatabaseAsync(database);
        await fixture.Server.PsqlAsync(database, sql);
        var options = new DumpOptions { Address = _scene.Address, Database = database, Compression = compression, ExcludeGlobals = true, Tool = "test" };
        return await new OneRepositoryDump(options, new DiskStorage(_directory.Path), TimeProvider.System, _scene.Warnings.Add)
            .RunAsync(new Steps(null), RestoreScene.Token);
    }

    private Task<RestoreResult> RestoreAsync(BackupRecord backup, string target, CancellationToken? token = null) =>
        new DatabaseRestore(new RestoreOptions { Address = _scene.Address, TargetDatabase = target, Workers = 2 }, TimeProvider.System, _scene.Warnings.Add)
            .RunAsync(backup, new Steps(null), token ?? RestoreScene.Token);
}
