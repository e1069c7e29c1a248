using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>Storage daemons of a distributed server are killed under a running backup and a running restore.</summary>
public sealed class KilledDaemonTests(ThreeOsds cluster, PostgresFixture postgres) : IClassFixture<ThreeOsds>, IAsyncLifetime
{
    private const string Table = """
        CREATE TABLE t AS SELECT i, md5(i::text) || md5((i * 7)::text) AS a FROM generate_series(1, 170000) i
        """;

    private const string Fingerprint = "SELECT count(*) || md5(string_agg(a, '' ORDER BY i)) FROM t";

    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(cluster.Server);

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task One_killed_under_a_backup_and_one_under_its_restore_are_not_noticed()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, Table);
        string expected = await postgres.Server.PsqlAsync(source.Database, Fingerprint);
        S3Storage storage = await _scene.OpenAsync(clock: TimeProvider.System);

        // In the midst of the first part, when the others are there or on their way.
        InjectedFault held = _scene.Proxy.Inject(HttpFault.StallRequestAfter(3_000_000), request => request.IsPart, times: 1);
        Task<BackupRecord> backup = source.RunAsync(storage: storage);
        await held.HappensToAsync(backup);
        await cluster.Server.KillOsdAsync(0);
        held.Dispose();
        BackupRecord made = await backup;
        await cluster.Server.StartOsdAsync(0, Token);
        await cluster.Server.UntilWritableAsync();

        held = _scene.Proxy.Inject(HttpFault.StallResponseAfter(30_000), RoundTripTests.ReadsMuch, times: 1);
        var scene = new RestoreScene(postgres.Server);
        string target = RestoreScene.NewName("osd_killed");
        Task restore = scene.RestoreAsync(made, target);
        await held.HappensToAsync(restore);
        await cluster.Server.KillOsdAsync(1);
        held.Dispose();
        await restore;
        Assert.Equal(expected, await postgres.Server.PsqlAsync(target, Fingerprint));
        await scene.SqlAsync($"DROP DATABASE {target}");
        await cluster.Server.StartOsdAsync(1, Token);
        await cluster.Server.UntilWritableAsync();
    }

    [Fact]
    public async Task One_killed_under_a_copy_to_the_bucket_and_one_under_the_copy_back_are_not_noticed()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, Table);
        BackupRecord onDisk = await source.RunAsync();
        S3Storage bucket = await _scene.OpenAsync(clock: TimeProvider.System);
        InjectedFault held = _scene.Proxy.Inject(HttpFault.StallRequestAfter(3_000_000), request => request.IsPart, times: 1);
        Task<BackupRecord> copying = CopyAsync(onDisk, bucket);
        await held.HappensToAsync(copying);
        await cluster.Server.KillOsdAsync(2);
        held.Dispose();
        BackupRecord copy = await copying;
        await cluster.Server.StartOsdAsync(2, Token);
        await cluster.Server.UntilWritableAsync();
        Assert.Equal(onDisk.Id, Assert.Single(await BackupScene.ListWholeAsync(await _scene.OpenDirectlyAsync())).Id);

        var elsewhere = new DiskStorage(source.Sub("elsewhere"));
        held = _scene.Proxy.Inject(HttpFault.StallResponseAfter(30_000), RoundTripTests.ReadsMuch, times: 1);
        copying = CopyAsync(copy, elsewhere);
        await held.HappensToAsync(copying);
        await cluster.Server.KillOsdAsync(0);
        held.Dispose();
        await copying;
        await cluster.Server.StartOsdAsync(0, Token);
        await cluster.Server.UntilWritableAsync();
        Assert.Equal(onDisk.Id, Assert.Single(await BackupScene.ListWholeAsync(elsewhere)).Id);
    }

    [Fact]
    public async Task With_two_killed_uploads_and_reads_fail_in_time_and_all_is_well_when_they_are_back()
    {
        byte[] content = BadDayScene.RandomBytes((2 * S3Settings.SmallestPartLength) + 1000);
        S3Storage storage = await _scene.OpenAsync(clock: new HurriedClock());
        await storage.PutAsync("before", content, PutMode.CreateNew, Token);
        await using (StorageUpload upload = await storage.BeginPutAsync("meanwhile", PutMode.CreateNew, Token))
        {
            await upload.WriteAsync(content, Token);
            await cluster.Server.KillOsdAsync(1);
            await cluster.Server.KillOsdAsync(2);
            StorageException failure = await Assert.ThrowsAsync<StorageException>(() => upload.CompleteAsync(Token));
            Assert.Equal(ErrorIds.RepositoryUnavailable, failure.Id);
            Assert.False(failure.IsPermanent);
        }

        await cluster.Server.StartOsdAsync(1, Token);
        await cluster.Server.StartOsdAsync(2, Token);
        await cluster.Server.UntilWritableAsync();

        // The completion may have been done after all, once they were back; half an object is never there.
        S3Storage later = await _scene.OpenDirectlyAsync();
        Assert.Equal(content, await later.ReadAllBytesAsync("before", content.Length, Token));
        if (await later.FindAsync("meanwhile", Token) is not null)
            Assert.Equal(content, await later.ReadAllBytesAsync("meanwhile", content.Length, Token));
        await later.RemoveAbandonedUploadsAsync("", Token);
        await later.PutAsync("meanwhile", content, PutMode.Replace, Token);
        await _scene.HoldsExactlyAsync("before", "meanwhile");
        Assert.Equal(content, await _scene.StoredAsync("meanwhile"));
    }

    [Fact]
    public async Task A_power_cut_under_an_upload_is_waited_for()
    {
        byte[] content = BadDayScene.RandomBytes((2 * S3Settings.SmallestPartLength) + 1000);
        S3Storage storage = await _scene.OpenAsync(clock: TimeProvider.System);
        InjectedFault held = _scene.Proxy.Inject(HttpFault.StallRequestAfter(3_000_000), request => request.IsPart, times: 1);
        Task<StorageEntry> putting = storage.PutAsync("object", content, PutMode.CreateNew, Token);
        await held.HappensToAsync(putting);
        await cluster.Server.KillAllAsync();
        held.Dispose();
        await cluster.Server.ResumeAsync(Token);
        Assert.Equal(content.Length, (await putting).Length);
        Assert.Equal(content, await _scene.StoredAsync("object"));
        await _scene.HoldsExactlyAsync("object");
    }

    private Task<BackupRecord> CopyAsync(BackupRecord backup, IStorage target) =>
        new BackupCopying(target, TimeProvider.System, _scene.Warnings.Enqueue).RunAsync([backup], new Steps(null), Token);
}
