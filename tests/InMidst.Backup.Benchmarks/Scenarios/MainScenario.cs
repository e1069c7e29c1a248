using System.Globalization;
using InMidst.Backup.Benchmarks.Contenders;
using InMidst.Backup.Benchmarks.Data;

namespace InMidst.Backup.Benchmarks.Scenarios;

/// <summary>Ours and all peers on the mixed data set.</summary>
internal sealed class MainScenario(Bench bench)
{
    private const string Mixed = "mixed";
    private const string Light = "light";
    private readonly Dictionary<string, long> _sizes = [];
    private bool _hasBackups;

    private int Workers => bench.Options.Workers;

    /// <summary>Backups.</summary>
    public async Task BackupAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        await BuildAsync(Mixed, cancellationToken);
        BackupContenders backups = bench.Backups(Mixed);
        await bench.MeasureAsync(
            [
                backups.Pipe, backups.Parallel(Workers, 6), backups.PipeZstd, backups.Parallel(Workers, 1),
                backups.Ours("Gzip", Workers), backups.Ours("Zstd", Workers), backups.ServerOnly(Workers),
            ],
            tables, Title("Backup", Mixed), cancellationToken);
        _hasBackups = true;
    }

    /// <summary>Restores of all that the data set has.</summary>
    public async Task RestoreAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        await BuildAsync(Mixed, cancellationToken);
        if (!_hasBackups)
            await MakeBackupsAsync(Mixed, cancellationToken);
        await RestoreAsync(Mixed, "Restore", tables, cancellationToken);
    }

    /// <summary>Restores of the data set with primary keys as its only indexes.</summary>
    public async Task RestoreLightAsync(ICollection<string> tables, CancellationToken cancellationToken)
    {
        await BuildAsync(Light, cancellationToken);
        await MakeBackupsAsync(Light, cancellationToken);
        _hasBackups = false;
        await RestoreAsync(Light, "Restore, primary keys only", tables, cancellationToken);
    }

    private async Task RestoreAsync(string database, string title, ICollection<string> tables, CancellationToken cancellationToken)
    {
        RestoreContenders restores = bench.Restores(database);
        await bench.MeasureAsync(
            [
                restores.Pipe, restores.Parallel(Workers),
                restores.Ours(BackupContenders.GzipRepository, "gzip", Workers), restores.Ours(BackupContenders.ZstdRepository, "zstd", Workers),
                restores.Test(BackupContenders.GzipRepository, "gzip"), restores.Test(BackupContenders.ZstdRepository, "zstd"),
            ],
            tables, Title(title, database), cancellationToken);
        await restores.CleanUpAsync(cancellationToken);
    }

    private async Task BuildAsync(string database, CancellationToken cancellationToken)
    {
        if (!_sizes.ContainsKey(database))
            _sizes[database] = await bench.BuildAsync(MixedData.Make(bench.Options.Size, withIndexes: database == Mixed), database, cancellationToken);
    }

    private async Task MakeBackupsAsync(string database, CancellationToken cancellationToken)
    {
        BackupContenders backups = bench.Backups(database);
        foreach (Contender contender in new[] { backups.Pipe, backups.Parallel(Workers, 1), backups.Ours("Gzip", Workers), backups.Ours("Zstd", Workers) })
            await contender.RunAsync(cancellationToken);
    }

    private string Title(string what, string database) => string.Create(CultureInfo.InvariantCulture,
        $"{what}: {_sizes[database] / 1e9:0.00} GB of COPY text, {bench.Options.Rounds} rounds, {Workers} workers.");
}
