using System.Globalization;
using InMidst.Backup.Benchmarks.Contenders;
using InMidst.Backup.Benchmarks.Data;

namespace InMidst.Backup.Benchmarks.Scenarios;

/// <summary>How time and memory grow: one property of the data or the command is varied, everything else stays.</summary>
internal sealed class GrowthScenario(Bench bench)
{
    private const string Database = "growth";

    private double Size => bench.Options.Size;

    /// <summary>A quarter of the size that was asked for, all of it, four times as much.</summary>
    public async Task SizesAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        foreach (double size in new[] { Size / 4, Size, Size * 4 })
            await VaryAsync("Mixed", MixedData.Make(size, withIndexes: true), tables, cancellationToken);
    }

    /// <summary>The same bytes in 1, 100 and 5,000 tables.</summary>
    public async Task TablesAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        foreach (int count in new[] { 1, 100, 5_000 })
            await VaryAsync(string.Create(CultureInfo.InvariantCulture, $"{count:N0} table(s)"), GrowthData.Tables(count, Size), tables, cancellationToken);
    }

    /// <summary>Rows that are extreme, in one table.</summary>
    public async Task ShapesAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        await VaryAsync("One huge table of ordinary rows", GrowthData.Tables(1, Size), tables, cancellationToken);
        await VaryAsync("Wide rows (200 columns)", GrowthData.WideRows(Size), tables, cancellationToken);
        await VaryAsync("Many tiny rows (two numbers)", GrowthData.TinyRows(Size), tables, cancellationToken);
        await VaryAsync("bytea of 64 kB", GrowthData.LargeValues(Size), tables, cancellationToken);
    }

    /// <summary>The mixed data set with 1, 2, 4 and 8 connections.</summary>
    public async Task WorkersAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        long size = await bench.BuildAsync(MixedData.Make(Size, withIndexes: true), Database, cancellationToken);
        foreach (int workers in new[] { 1, 2, 4, 8 })
            await MeasureAsync("Mixed", size, workers, tables, cancellationToken);
    }

    private async Task VaryAsync(string what, DataSet data, ICollection<string> tables, CancellationToken cancellationToken)
    {
        long size = await bench.BuildAsync(data, Database, cancellationToken);
        await MeasureAsync(what, size, bench.Options.Workers, tables, cancellationToken);
    }

    private async Task MeasureAsync(string what, long size, int workers, ICollection<string> tables, CancellationToken cancellationToken)
    {
        string title = string.Create(CultureInfo.InvariantCulture, $"{what}, {size / 1e9:0.00} GB of COPY text, {workers} workers");
        BackupContenders backups = bench.Backups(Database);
        RestoreContenders restores = bench.Restores(Database);
        await bench.MeasureAsync([backups.Parallel(workers, 1), backups.Ours("Gzip", workers)], tables, $"Backup. {title}.", cancellationToken);
        await bench.MeasureAsync(
            [restores.Parallel(workers), restores.Ours(BackupContenders.GzipRepository, "gzip", workers)], tables, $"Restore. {title}.", cancellationToken);
        await restores.CleanUpAsync(cancellationToken);
    }
}
