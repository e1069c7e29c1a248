using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.S3.BadDays;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>A bucket that several write into, and a backup that goes into a bucket and a directory at once.</summary>
public sealed class SharedBucketTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    // Hardly compressible: a dump of about fourteen million bytes.
    private const string LargeTable =
        "CREATE TABLE t AS SELECT i, decode(md5(i::text) || md5((i * 7)::text), 'hex') AS b FROM generate_series(1, 320000) i";

    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Of_two_who_back_one_database_up_at_once_the_second_is_told_who_does_it()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server);
        S3Storage here = await _scene.OpenDirectlyAsync();
        S3Storage there = await _scene.OpenDirectlyAsync();
        BackupException? refused = null;
        BackupRecord first = await source.Dump(storage: here).RunAsync(
            new Steps(step =>
            {
                if (step.Status == "public.readings" && refused is null)
                    refused = Assert.Throws<BackupException>(() => { source.RunAsync(storage: there).GetAwaiter().GetResult(); });
            }),
            Token);
        Assert.Equal(ErrorIds.BackupInProgress, refused!.Id);
        Assert.Contains(Environment.MachineName, refused.Message);
        BackupRecord second = await source.RunAsync(storage: there);
        Assert.Equal([first.Id, second.Id], (await BackupScene.ListWholeAsync(here)).Select(backup => backup.Id).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(await _scene.Server.ListAsync(_scene.Bucket), entry => entry.Key.Contains(".LOCK.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bucket_that_does_not_answer_is_dropped_and_the_directory_has_the_whole_backup()
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable);
        S3Storage bucket = await _scene.OpenAsync(clock: new HurriedClock(60));
        await _scene.Proxy.RefuseAsync();
        var dropped = new List<(IStorage Storage, BackupException Failure)>();
        IReadOnlyList<BackupRecord> copies = await new DatabaseDump(
            source.Options, [source.Storage, bucket], TimeProvider.System, source.Warnings.Enqueue, (storage, failure) => dropped.Add((storage, failure)))
            .RunAsync(new Steps(null), Token);
        Assert.Same(source.Storage, Assert.Single(copies).Storage);
        Assert.Same(bucket, Assert.Single(dropped).Storage);
        Assert.Equal(ErrorIds.RepositoryUnavailable, dropped[0].Failure.Id);
        VerificationResult test = await new RestoreScene(postgres.Server).TestAsync(copies[0], VerificationLevel.Content);
        Assert.True(test.Verdict == VerificationVerdict.Passed, string.Join('\n', test.Findings));
        await _scene.HoldsExactlyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_an_object_has_few_parts_the_dump_goes_on_in_further_objects_and_comes_back(bool encrypted)
    {
        using BackupScene source = await BackupScene.CreateAsync(postgres.Server, LargeTable);
        S3Storage bucket = await _scene.OpenAsync(
            _scene.Settings with { Endpoint = _scene.Server.Endpoint.ToString(), MaximumParts = 1 }, TimeProvider.System);
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "key.txt");
        AgeRecipient recipient = await AgeKeyFile.CreateAsync(file, TimeProvider.System, Token);
        using AgeIdentities identities = encrypted ? AgeIdentities.Read([file], [], null) : AgeIdentities.None;
        DumpOptions options = source.Options with { Recipients = encrypted ? [recipient] : [], ExcludeGlobals = true };
        IReadOnlyList<BackupRecord> copies = await new DatabaseDump(
            options, [source.Storage, bucket], TimeProvider.System, source.Warnings.Enqueue, (_, failure) => Assert.Fail(failure.Message))
            .RunAsync(new Steps(null), Token);
        Assert.Single(copies[0].DataObjects);
        Assert.InRange(copies[1].DataObjects.Count, 3, 5);
        Assert.Equal(copies[0].Manifest!.DataSha256, copies[1].Manifest!.DataSha256);

        BackupRecord listed = Assert.Single(await new BackupRepository(bucket, _ => { }, identities).ListAsync(Token).ToListAsync(Token));
        Assert.Equal(copies[0].Length, listed.Length);
        var scene = new RestoreScene(postgres.Server);
        foreach (VerificationLevel level in new[] { VerificationLevel.Stored, VerificationLevel.Content })
        {
            VerificationResult test = await scene.TestAsync(listed, level);
            Assert.True(test.Verdict == VerificationVerdict.Passed, string.Join('\n', test.Findings));
        }

        string target = RestoreScene.NewName("parts");
        RestoreResult restored = await scene.RestoreAsync(listed, target);
        Assert.Equal(320_000, restored.Rows);
        await postgres.Server.PsqlAsync("postgres", $"DROP DATABASE {target}");
    }
}
