using System.Diagnostics;
using System.Globalization;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>Copies into a bucket that break within an object: the next one goes on from the parts that are there.</summary>
public sealed class ResumedCopyTests(S3Fixture fixture) : IAsyncLifetime
{
    private const int Part = S3Settings.SmallestPartLength;
    private const int Length = (9 * Part) + 1000;

    private readonly string _root = Directory.CreateTempSubdirectory("midst-resume-").FullName;
    private BadDayScene _scene = null!;
    private byte[] _data = [];
    private BackupRecord _backup = null!;

    private static CancellationToken Token => BadDayScene.Token;

    private static string Name => $"app/{AnyBackup.Id}.sql.gz";

    public async ValueTask InitializeAsync()
    {
        _scene = await BadDayScene.CreateAsync(await fixture.ServerAsync());
        var disk = new DiskStorage(_root);
        _data = await AnyBackup.PutAsync(disk, Length);
        _backup = Assert.Single(await new BackupRepository(disk, _scene.Warnings.Enqueue).ListAsync(Token).ToListAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, _scene.Memory.Lent);
        await _scene.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task After_a_network_that_broke_only_what_is_missing_is_sent()
    {
        long left = await BreakAsync(6);
        Assert.InRange(left, Part, 6 * Part);
        long sent = await CopyAsync();
        Assert.Equal(Length - left, sent);
    }

    [Fact]
    public async Task After_kill_only_what_is_missing_is_sent()
    {
        int parts = 0;
        using (InjectedFault held = _scene.Proxy.Inject(HttpFault.HoldAnswer, request => request.IsPart && Interlocked.Increment(ref parts) > 5))
        {
            using Process process = S3CopyProcess.Start(_root, _scene);
            Task<string> errors = process.StandardError.ReadToEndAsync(Token);
            if (await Task.WhenAny(held.FirstHit, process.WaitForExitAsync(Token)) == held.FirstHit)
                process.Kill();
            await process.WaitForExitAsync(Token);
            Assert.True(process.ExitCode == 137, $"It ended with {process.ExitCode}: {await errors}");
        }

        // Five have arrived, perhaps others whose answer was held.
        Assert.Single(await _scene.Server.ListUploadsAsync(_scene.Bucket));
        Assert.InRange(await CopyAsync(), 0, Length - (5 * Part));
    }

    [Fact]
    public async Task A_copy_that_breaks_again_and_again_gets_on_each_time()
    {
        long first = await BreakAsync(4);
        long second = await BreakAsync(2);
        Assert.InRange(second, first + 1, Length);
        Assert.Equal(Length - second, await CopyAsync());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public async Task A_part_that_somebody_put_there_does_not_come_into_the_copy(int number)
    {
        await BreakAsync(6);
        await PutPartAsync(number);
        await CopyAsync();
    }

    [Fact]
    public async Task Parts_beyond_the_end_which_this_server_does_not_take_are_told_and_the_next_copy_begins_anew()
    {
        await BreakAsync(6);
        await PutPartAsync(40);
        S3Storage storage = await _scene.OpenAsync();
        StorageException failure = await _scene.FailsAsync(ErrorIds.RepositoryUnavailable, () => RunAsync(storage, Token));
        Assert.Contains("somebody else wrote to it", failure.Message);
        await _scene.HoldsExactlyAsync();
        Assert.Equal(Length, await CopyAsync());
    }

    [Fact]
    public async Task With_other_parts_it_begins_anew()
    {
        await BreakAsync(6);
        Assert.Equal(Length, await CopyAsync(_scene.Settings with { PartLength = 2 * Part }));
    }

    [Fact]
    public async Task Repair_removes_what_is_left()
    {
        await BreakAsync(6);
        S3Storage storage = await _scene.OpenDirectlyAsync();
        var repair = new RepositoryRepair(storage, TimeProvider.System, _scene.Warnings.Enqueue, TimeSpan.Zero);
        RepairFinding finding = Assert.Single(await repair.FindAsync(Token).ToListAsync(Token));
        Assert.Equal((RepairKind.UnfinishedUpload, Name), (finding.Kind, finding.Name));
        Assert.True(await repair.RepairAsync(finding, Token));
        Assert.Empty(await repair.FindAsync(Token).ToListAsync(Token));
        await _scene.HoldsExactlyAsync();
        Assert.Equal(Length, await CopyAsync());
    }

    [Fact]
    public async Task Stopping_leaves_nothing()
    {
        await BreakAsync(6);
        int parts = 0;
        using InjectedFault stalled = _scene.Proxy.Inject(HttpFault.StallRequestAfter(100), request => request.IsPart && Interlocked.Increment(ref parts) > 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task copying = RunAsync(await _scene.OpenAsync(clock: TimeProvider.System), stop.Token);
        await stalled.HappensToAsync(copying);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying);
        await _scene.HoldsExactlyAsync();
    }

    /// <summary>Copies until so many parts were sent, and the network is gone for good.</summary>
    /// <returns>Bytes that are said to be there.</returns>
    private async Task<long> BreakAsync(int after)
    {
        int parts = 0;
        _scene.Warnings.Clear();
        using InjectedFault gone = _scene.Proxy.Inject(HttpFault.SlowDown, request => request.IsPart && Interlocked.Increment(ref parts) > after);
        S3Storage storage = await _scene.OpenAsync();
        await _scene.FailsAsync(ErrorIds.RepositoryUnavailable, () => RunAsync(storage, Token), permanent: false);
        string said = Assert.Single(_scene.Warnings, warning => warning.Contains("the same command goes on", StringComparison.Ordinal));
        Assert.Empty(await new BackupRepository(storage, static _ => { }).ListAsync(Token).ToListAsync(Token));
        return long.Parse(said.Split(' ')[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    /// <summary>Copies to the end; the bucket then has the backup and nothing else.</summary>
    /// <returns>Bytes of parts that were sent.</returns>
    private async Task<long> CopyAsync(S3Settings? settings = null)
    {
        int before = _scene.Proxy.Requests.Count;
        await RunAsync(await _scene.OpenAsync(settings, TimeProvider.System), Token);
        Assert.Equal(_data, await _scene.StoredAsync(Name));
        await _scene.HoldsExactlyAsync(Name, Name + BackupName.ManifestSuffix);
        return _scene.Proxy.Requests.Skip(before).Where(request => request.IsPart).Sum(request => request.ContentLength);
    }

    private Task<BackupRecord> RunAsync(IStorage target, CancellationToken stop) =>
        new BackupCopying(target, TimeProvider.System, _scene.Warnings.Enqueue).RunAsync([_backup], new Progress<OperationProgress>(), stop);

    /// <summary>Puts a part into the unfinished upload, as another program would.</summary>
    private async Task PutPartAsync(int number)
    {
        S3Storage storage = await _scene.OpenDirectlyAsync();
        UnfinishedUpload upload = Assert.Single(await storage.ListUnfinishedUploadsAsync("", Token).ToListAsync(Token));
        await _scene.Server.SendAsync(new S3Request(HttpMethod.Put, _scene.Bucket)
        {
            Key = "backups/" + Name,
            Query = new Dictionary<string, string> { ["partNumber"] = number.ToString(CultureInfo.InvariantCulture), ["uploadId"] = upload.Token },
            Body = new byte[Part],
        });
    }
}
