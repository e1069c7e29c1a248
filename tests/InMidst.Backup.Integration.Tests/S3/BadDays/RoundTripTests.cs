using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>Backups of a real PostgreSQL into a bucket and back, on good days and on bad ones.</summary>
public sealed class RoundTripTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    // Hardly compressible: three parts and more.
    private const string LargeTable = """
        CREATE TABLE t (i int PRIMARY KEY, a text NOT NULL, b bytea);
        INSERT INTO t SELECT i, md5(i::text) || md5((i * 7)::text), decode(md5((i * 3)::text), 'hex') FROM generate_series(1, 250000) i;
        SELECT lo_from_bytea(4711, decode(repeat('00ff', 500000), 'hex'));
        """;

    private const string Fingerprint = """
        SELECT count(*) || ' ' || md5(string_agg(t::text, '' ORDER BY i)) || ' ' || md5(lo_get(4711)) FROM t
        """;

    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task A_backup_comes_back_from_the_bucket_through_us_and_through_gunzip_and_psql()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable);
        string expected = await postgres.Server.PsqlAsync(source.Database, Fingerprint);
        BackupRecord made = await source.RunAsync(storage: await _scene.OpenAsync(clock: TimeProvider.System));
        Assert.True(made.Data.Length > 2 * S3Settings.SmallestPartLength, "The dump fits into two parts.");
        Assert.Empty(source.Warnings);
        await _scene.HoldsExactlyAsync([.. made.Manifest!.Objects.Select(o => o.Name), made.Data.Name + BackupName.ManifestSuffix]);

        // Elsewhere, with nothing but credentials.
        S3Storage elsewhere = await _scene.OpenDirectlyAsync();
        BackupRecord found = Assert.Single(await BackupScene.ListWholeAsync(elsewhere));
        Assert.Equal(made.Id, found.Id);
        string target = RestoreScene.NewName("from_s3");
        await new RestoreScene(postgres.Server).RestoreAsync(found, target);
        Assert.Equal(expected, await postgres.Server.PsqlAsync(target, Fingerprint));
        await postgres.Server.PsqlAsync("postgres", $"DROP DATABASE {target}");

        await postgres.Server.CreateDatabaseAsync(target, "TEMPLATE template0");
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "dump.sql.gz");
        await File.WriteAllBytesAsync(file, await _scene.StoredAsync(found.Data.Name), Token);
        await postgres.Server.RestoreThroughPsqlAsync(target, file);
        Assert.Equal(expected, await postgres.Server.PsqlAsync(target, Fingerprint));
        await postgres.Server.PsqlAsync("postgres", $"DROP DATABASE {target}");
    }

    [Fact]
    public async Task Backup_test_and_restore_get_through_a_network_that_breaks_again_and_again()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable);
        string expected = await postgres.Server.PsqlAsync(source.Database, Fingerprint);
        S3Storage storage = await _scene.OpenAsync(clock: new HurriedClock(10));
        int requests = 0;
        InjectedFault[] faults =
        [
            _scene.Proxy.Inject(HttpFault.InternalError, _ => Interlocked.Increment(ref requests) % 3 == 0),
            _scene.Proxy.Inject(HttpFault.LoseAnswer, request => requests % 5 == 0 && request.Method is not "GET"),
            _scene.Proxy.Inject(HttpFault.CutRequestAfter(1_000_000), request => requests % 7 == 0 && request.ContentLength > 1_000_000),
            _scene.Proxy.Inject(HttpFault.CutResponseAfter(100_000), request => requests % 2 == 0 && request.IsRead),
        ];
        BackupRecord made = await source.RunAsync(storage: storage);
        var scene = new RestoreScene(postgres.Server);
        VerificationResult test = await scene.TestAsync(made, VerificationLevel.Content);
        Assert.True(test.Verdict == VerificationVerdict.Passed, string.Join('\n', test.Findings));
        string target = RestoreScene.NewName("through_faults");
        await scene.RestoreAsync(made, target);
        Assert.Equal(expected, await postgres.Server.PsqlAsync(target, Fingerprint));
        await postgres.Server.PsqlAsync("postgres", $"DROP DATABASE {target}");
        Assert.All(faults, fault => Assert.NotEqual(0, fault.Hits));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_large_backup_one_table_is_fetched_and_not_the_rest(bool encrypted)
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable + "CREATE TABLE few AS SELECT g FROM generate_series(1, 1000) g;");
        using var directory = new TemporaryDirectory();
        string key = Path.Combine(directory.Path, "key");
        AgeRecipient recipient = await AgeKeyFile.CreateAsync(key, TimeProvider.System, Token);
        using AgeIdentities identities = AgeIdentities.Read([key], [], passphrase: null);
        await source.RunAsync(source.Options with { Recipients = encrypted ? [recipient] : [] }, await _scene.OpenDirectlyAsync());
        var repository = new BackupRepository(await _scene.OpenAsync(clock: TimeProvider.System), _ => { }, identities);
        BackupRecord backup = Assert.Single(await repository.ListAsync(Token).ToListAsync(Token));
        Assert.True(backup.Length > 10 << 20);
        Assert.Equal(encrypted, backup.Manifest!.Encryption is not null);

        long before = _scene.Proxy.AnsweredBytes;
        string target = RestoreScene.NewName("few");
        RestoreResult restored = await new RestoreScene(postgres.Server).RestoreAsync(
            backup, new RestoreOptions { Address = source.Address, TargetDatabase = target, Tables = [NamePattern.Exactly("public.few")] });
        Assert.Equal(1000, restored.Rows);
        Assert.InRange(_scene.Proxy.AnsweredBytes - before, 1000, backup.Length / 10);
        await postgres.Server.PsqlAsync("postgres", $"DROP DATABASE {target}");
    }

    [Fact]
    public async Task A_restore_that_loses_the_bucket_for_good_leaves_no_database()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable);
        await source.RunAsync(storage: await _scene.OpenDirectlyAsync());
        BackupRecord backup = Assert.Single(await BackupScene.ListWholeAsync(await _scene.OpenAsync(clock: new HurriedClock(100))));
        string target = RestoreScene.NewName("lost_bucket");
        var scene = new RestoreScene(postgres.Server);
        using InjectedFault cut = _scene.Proxy.Inject(HttpFault.CutResponseAfter(0), ReadsMuch);
        BackupException failure = await Assert.ThrowsAnyAsync<BackupException>(() => scene.RestoreAsync(backup, target));
        Assert.Equal(ErrorIds.RepositoryUnavailable, failure.Id);
        await scene.NothingLeftAsync(target);

        cut.Dispose();
        await scene.RestoreAsync(backup, target);
        await scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bucket_that_is_lost_under_a_backup_into_two_places_does_not_cost_the_other(bool comesBack)
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable);
        S3Storage bucket = await _scene.OpenAsync(clock: new HurriedClock(100));
        var dropped = new List<(IStorage Storage, BackupException Failure)>();
        var dump = new DatabaseDump(
            source.Options, [source.Storage, bucket], TimeProvider.System, source.Warnings.Enqueue, (storage, failure) => dropped.Add((storage, failure)));
        InjectedFault held = _scene.Proxy.Inject(HttpFault.StallRequestAfter(1_000_000), request => request.IsPart, times: 1);
        Task<IReadOnlyList<BackupRecord>> running = dump.RunAsync(new Steps(null), Token);
        await held.HappensToAsync(running);
        await _scene.Proxy.RefuseAsync();
        if (comesBack)
            _scene.Proxy.Accept();

        IReadOnlyList<BackupRecord> copies = await running;
        IReadOnlyList<IStorage> expected = comesBack ? [source.Storage, bucket] : [source.Storage];
        Assert.Equal(expected, copies.Select(copy => copy.Storage));
        Assert.Equal(comesBack ? 0 : 1, dropped.Count);
        Assert.All(dropped, drop => Assert.Equal((bucket, ErrorIds.RepositoryUnavailable), (drop.Storage, drop.Failure.Id)));
        foreach (IStorage storage in expected)
            Assert.Equal(copies[0].Id, Assert.Single(await BackupScene.ListWholeAsync(storage)).Id);
        await source.NobodyIsLeftAsync();
        if (comesBack)
            return;

        // What the lost one has is no backup, and the next run clears it up.
        S3Storage later = await _scene.OpenDirectlyAsync();
        Assert.Empty(await BackupScene.ListWholeAsync(later));
        BackupRecord next = await source.RunAsync(storage: later);
        await _scene.HoldsExactlyAsync([.. next.Manifest!.Objects.Select(o => o.Name), next.Data.Name + BackupName.ManifestSuffix]);
    }

    /// <summary>Whether it reads much of a dump.</summary>
    internal static bool ReadsMuch(ProxiedRequest request)
    {
        if (!request.IsRead || !request.Target.EndsWith(".sql.gz", StringComparison.Ordinal))
            return false;
        if (!request.Headers.TryGetValue("Range", out string? range))
            return true;
        string[] ends = range["bytes=".Length..].Split('-');
        return ends[1].Length == 0 || long.Parse(ends[1]) - long.Parse(ends[0]) > 50_000;
    }
}
