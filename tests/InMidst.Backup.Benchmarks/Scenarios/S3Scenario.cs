using System.Globalization;
using InMidst.Backup.Benchmarks.Contenders;
using InMidst.Backup.Benchmarks.Data;

namespace InMidst.Backup.Benchmarks.Scenarios;

/// <summary>The same backups to disk, to S3 and to both, and back; with the upload of the finished file as peer.</summary>
internal sealed class S3Scenario(Bench bench)
{
    private const string Database = "s3";

    /// <summary>Backups and restores.</summary>
    public async Task RunAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        long size = await bench.BuildAsync(MixedData.Make(bench.Options.Size, withIndexes: true), Database, cancellationToken);
        await using BenchmarkBucket bucket = await BenchmarkBucket.StartAsync(cancellationToken);
        S3Contenders contenders = bench.S3(Database, bucket);
        int workers = bench.Options.Workers;
        string title = string.Create(
            CultureInfo.InvariantCulture, $"{size / 1e9:0.00} GB of COPY text, {bench.Options.Rounds} rounds, {workers} workers, S3 server on the same machine.");
        await bench.MeasureAsync(
            [contenders.ToDisk(workers), contenders.ToS3(workers), contenders.ToBoth(workers), contenders.Copy, contenders.Script],
            tables, $"Backup. {title}", cancellationToken);
        await contenders.ToBoth(workers).RunAsync(cancellationToken);
        await bench.MeasureAsync([contenders.FromDisk(workers), contenders.FromS3(workers)], tables, $"Restore. {title}", cancellationToken);
        await contenders.CleanUpAsync(cancellationToken);
    }
}
