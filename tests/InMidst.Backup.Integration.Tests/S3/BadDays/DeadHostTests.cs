using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>
/// A host that died while it backed up into the bucket. Of another host's process nothing is known but what the server says of its lock:
/// here a killed process's lock is given another host's name, and the server's answers to whoever comes next show it as older than it is.
/// </summary>
public sealed class DeadHostTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    private const string Table = "CREATE TABLE t AS SELECT i, md5(i::text) || md5((i * 7)::text) AS a FROM generate_series(1, 170000) i";
    private const string LockMark = ".LOCK.";
    private static readonly TimeSpan DeadAfter = TimeSpan.FromMinutes(5);

    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Its_lock_is_respected_for_five_minutes_then_taken_over_and_its_upload_removed()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, Table);
        await KillAsync(source);
        int locks = await MoveLocksToAnotherHostAsync();
        Assert.Equal(2, locks);
        Assert.Single(await _scene.Server.ListUploadsAsync(_scene.Bucket));
        S3Storage storage = await _scene.OpenDirectlyAsync();

        // Fresh, and nearly old enough: the ages are differences of the server's own times, so a minute is left for what goes on between.
        foreach (TimeSpan age in (TimeSpan[])[TimeSpan.Zero, DeadAfter - TimeSpan.FromMinutes(1)])
        {
            BackupException refused = await Assert.ThrowsAsync<BackupException>(() => source.RunAsync(storage: new AgedStorage(storage, IsAnotherHosts, age)));
            Assert.Equal(ErrorIds.BackupInProgress, refused.Id);
            Assert.Contains("on another-host", refused.Message);
        }

        Assert.Single(await _scene.Server.ListUploadsAsync(_scene.Bucket));
        BackupRecord backup = await source.RunAsync(storage: new AgedStorage(storage, IsAnotherHosts, DeadAfter + TimeSpan.FromSeconds(1)));
        await _scene.HoldsExactlyAsync([.. backup.Manifest!.Objects.Select(o => o.Name), backup.Data.Name + BackupName.ManifestSuffix]);
    }

    private bool IsAnotherHosts(string name) => _moved.Contains(name);

    private async Task KillAsync(BackupScene source)
    {
        using InjectedFault injected = _scene.Proxy.Inject(HttpFault.HoldAnswer, request => request.IsPart, times: 1);
        using Process process = S3BackupProcess.Start(source, _scene);
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        if (await Task.WhenAny(injected.FirstHit, process.WaitForExitAsync(Token)) == injected.FirstHit)
            process.Kill();
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 137, $"It ended with {process.ExitCode} before the request: {await errors}");
    }

    private async Task<int> MoveLocksToAnotherHostAsync()
    {
        foreach (string key in (await _scene.Server.ListAsync(_scene.Bucket)).Select(entry => entry.Key).Where(key => key.Contains(LockMark, StringComparison.Ordinal)))
        {
            string name = key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];
            JsonNode record = JsonNode.Parse(await _scene.StoredAsync(name))!;
            record["owner"]!["hostName"] = "another-host";
            await _scene.OverwriteAsync(name, Encoding.UTF8.GetBytes(record.ToJsonString()));
            _moved.Add(name);
        }

        return _moved.Count;
    }

    /// <summary>The server's answers, in which some objects are older.</summary>
    private sealed class AgedStorage(IStorage inner, Func<string, bool> isAged, TimeSpan age) : StorageDecorator(inner)
    {
        public override async Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
            await base.FindAsync(name, cancellationToken) is { } entry ? Age(entry) : null;

        public override async IAsyncEnumerable<StorageEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (StorageEntry entry in base.ListAsync(prefix, cancellationToken))
                yield return Age(entry);
        }

        private StorageEntry Age(StorageEntry entry) => isAged(entry.Name) ? entry with { LastModified = entry.LastModified - age } : entry;
    }
}
