using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Measuring;

namespace InMidst.Backup.Benchmarks.Contenders;

/// <summary>Ways of a backup into a bucket and back.</summary>
internal sealed class S3Contenders(BenchmarkServer server, ModuleHost host, Workspace workspace, string database, BenchmarkBucket bucket)
{
    private const string Directory = "s3-disk";
    private readonly RestoreContenders _restores = new(server, host, workspace, database);

    /// <summary>Ours to disk: the one the others are compared with.</summary>
    public Contender ToDisk(int workers) => Backup("to disk", workers, () => [workspace.Fresh(Directory)]);

    /// <summary>Ours to S3.</summary>
    public Contender ToS3(int workers) => Backup("to S3", workers, () => [bucket.Repository]);

    /// <summary>Ours to disk and S3 in one pass.</summary>
    public Contender ToBoth(int workers) => Backup("to disk and S3", workers, () => [workspace.Fresh(Directory), bucket.Repository]);

    /// <summary>The upload of our finished file, which takes no backup.</summary>
    public Contender Copy => new("aws s3 cp of the finished file", async token =>
    {
        await bucket.EmptyAsync();
        string file = System.IO.Directory.EnumerateFiles(workspace.At(Directory), "*.sql.gz").First(name =>
            !name.Contains(".globals.", StringComparison.Ordinal) && !name.Contains("_latest.", StringComparison.Ordinal));
        Measurement run = await MeasuredProcess.RunLineAsync(
            $"aws --endpoint-url {bucket.Endpoint} s3 cp --no-progress {file} {bucket.Repository}/copy.sql.gz", server, database, token);
        return run with { Size = await bucket.SizeAsync() };
    });

    /// <summary>The script that is replaced, without a file in between.</summary>
    public Contender Script => new("pg_dump \\| gzip \\| aws s3 cp -", async token =>
    {
        await bucket.EmptyAsync();
        Measurement run = await MeasuredProcess.RunLineAsync(
            $"pg_dump | gzip | aws --endpoint-url {bucket.Endpoint} s3 cp --no-progress - {bucket.Repository}/script.sql.gz", server, database, token);
        return run with { Size = await bucket.SizeAsync() };
    });

    /// <summary>A restore from disk.</summary>
    public Contender FromDisk(int workers) => _restores.Ours(Directory, "from disk", workers);

    /// <summary>The same backup from S3.</summary>
    public Contender FromS3(int workers) => _restores.FromRepository(() => bucket.Repository, "from S3", workers);

    /// <summary>Drops what the last restore left.</summary>
    public Task CleanUpAsync(CancellationToken cancellationToken) => _restores.CleanUpAsync(cancellationToken);

    private Contender Backup(string where, int workers, Func<IEnumerable<string>> repositories) => new($"Backup-MidstDatabase {where}", async token =>
    {
        await bucket.EmptyAsync();
        string list = string.Join(", ", repositories().Select(ModuleHost.Quote));
        Measurement run = await host.RunAsync(
            $"Backup-MidstDatabase -Database {database} -Repository {list} -ThrottleLimit {workers}", server, token);
        return run with { Size = await bucket.SizeAsync() is > 0 and long size ? size : Workspace.SizeOf(workspace.At(Directory)) };
    }) { IsOurs = true };
}
