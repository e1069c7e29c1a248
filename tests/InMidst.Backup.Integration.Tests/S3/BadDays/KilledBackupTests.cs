using System.Diagnostics;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>kill -9 of a process that backs up into a bucket, before and after every request that changes something there.</summary>
public sealed class KilledBackupTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    // Hardly compressible: parts enough that there are requests of every kind.
    private const string Table = """
        CREATE TABLE t AS SELECT i, md5(i::text) || md5((i * 7)::text) AS a FROM generate_series(1, 170000) i
        """;

    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Whenever_it_is_killed_no_half_backup_is_seen_and_the_next_run_clears_up()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, Table);
        S3Storage storage = await _scene.OpenDirectlyAsync();

        // How many changes a whole backup is: what the killed ones come to.
        await RunAsync(source);
        int changes = _scene.Proxy.Requests.Count(IsChange);
        Assert.True(_scene.Proxy.Requests.Any(request => request.IsCompletion), "The dump fits into one part.");
        List<BackupRecord> made = [.. await BackupScene.ListWholeAsync(storage)];
        Assert.Single(made);

        int unfinished = 0;
        for (int change = 0; change < changes; change++)
        {
            // By turns: before the server has it, and after it was done but before we know.
            HttpFault fault = change % 2 == 0 ? HttpFault.StallRequestAfter(0) : HttpFault.HoldAnswer;
            await KillAsync(source, fault, change);
            unfinished += (await _scene.Server.ListUploadsAsync(_scene.Bucket)).Count;
            IReadOnlyList<BackupRecord> listed = await BackupScene.ListWholeAsync(storage);
            Assert.Superset(made.Select(b => b.Id).ToHashSet(), listed.Select(b => b.Id).ToHashSet());
            Assert.InRange(listed.Count, made.Count, made.Count + 1);
            made = [.. listed];
        }

        Assert.NotEqual(0, unfinished);
        BackupRecord last = await source.RunAsync(storage: storage);
        IReadOnlyList<BackupRecord> all = await BackupScene.ListWholeAsync(storage);
        Assert.Equal(made.Select(b => b.Id).Append(last.Id).Order(), all.Select(b => b.Id).Order());
        await _scene.HoldsExactlyAsync([.. all.SelectMany(b => b.Manifest!.Objects.Select(o => o.Name).Append(b.Data.Name + BackupName.ManifestSuffix))]);
        await source.NobodyIsLeftAsync();
    }

    [Fact]
    public async Task What_a_killed_upload_left_is_found_and_removed_and_the_name_is_free()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, Table);
        S3Storage storage = await _scene.OpenDirectlyAsync();
        await KillAsync(source, HttpFault.HoldAnswer, request => request.IsPart);
        List<UnfinishedUpload> left = await storage.ListUnfinishedUploadsAsync("", Token).ToListAsync(Token);
        UnfinishedUpload upload = Assert.Single(left);
        Assert.StartsWith(source.Database + "/", upload.Name);
        Assert.Null(await storage.FindAsync(upload.Name, Token));
        await Assert.ThrowsAsync<StorageException>(() => storage.OpenReadAsync(upload.Name, 0, null, Token));
        Assert.InRange(upload.Since, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));

        Assert.True(await storage.RemoveUnfinishedUploadAsync(upload, Token));
        Assert.False(await storage.RemoveUnfinishedUploadAsync(upload, Token));
        Assert.Empty(await _scene.Server.ListUploadsAsync(_scene.Bucket));
        await storage.PutAsync(upload.Name, new byte[10], PutMode.CreateNew, Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Repair_removes_what_a_killed_backup_left_or_makes_it_whole(bool wasWhole)
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, Table);
        await KillAsync(source, HttpFault.HoldAnswer, request => wasWhole ? request.IsCompletion : request.IsPart);
        S3Storage storage = await _scene.OpenDirectlyAsync();
        Assert.Empty(await BackupScene.ListWholeAsync(storage));

        var repair = new RepositoryRepair(storage, TimeProvider.System, _scene.Warnings.Enqueue, TimeSpan.Zero);
        List<RepairFinding> found = await repair.FindAsync(Token).ToListAsync(Token);
        Assert.Contains(found, finding => finding.Kind == RepairKind.StaleLock);
        Assert.Contains(found, finding => finding.Kind == (wasWhole ? RepairKind.LostManifest : RepairKind.UnfinishedUpload));
        // One may settle another: whoever removes the lock of a series removes those of its backups.
        foreach (RepairFinding finding in found)
            await repair.RepairAsync(finding, Token);

        Assert.Empty(await repair.FindAsync(Token).ToListAsync(Token));
        IReadOnlyList<BackupRecord> listed = await BackupScene.ListWholeAsync(storage);
        Assert.Equal(wasWhole ? 1 : 0, listed.Count);
        await _scene.HoldsExactlyAsync([.. listed.SelectMany(b => b.Manifest!.Objects.Select(o => o.Name).Append(b.Data.Name + BackupName.ManifestSuffix))]);
    }

    private static bool IsChange(ProxiedRequest request) => request.Method is "PUT" or "POST" or "DELETE";

    private async Task KillAsync(BackupScene source, HttpFault fault, int change)
    {
        int seen = 0;
        await KillAsync(source, fault, request => IsChange(request) && Interlocked.Increment(ref seen) == change + 1);
    }

    private async Task KillAsync(BackupScene source, HttpFault fault, Func<ProxiedRequest, bool> where)
    {
        using InjectedFault injected = _scene.Proxy.Inject(fault, where, times: 1);
        using Process process = S3BackupProcess.Start(source, _scene);
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        if (await Task.WhenAny(injected.FirstHit, process.WaitForExitAsync(Token)) == injected.FirstHit)
            process.Kill();
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 137, $"It ended with {process.ExitCode} before the request: {await errors}");
    }

    private async Task RunAsync(BackupScene source)
    {
        using Process process = S3BackupProcess.Start(source, _scene);
        string errors = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, errors);
    }
}
