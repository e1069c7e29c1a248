using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Compares a filled database with what is known of its source, before it takes the place of another.</summary>
internal static class RestoredCopyCheck
{
    private const int Shown = 5;

    /// <summary>Reads every table again. Of a dump without an index only the rows that were loaded are known.</summary>
    /// <param name="address">The server.</param>
    /// <param name="database">The filled database.</param>
    /// <param name="index">The dump's index, or null.</param>
    /// <param name="loaded">Rows that were loaded, by table.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.RestoredCopyDiffers"/>, naming the first differences.</exception>
    public static async Task RunAsync(
        ServerAddress address, string database, DumpIndex? index, IReadOnlyDictionary<string, long> loaded, IProgress<OperationProgress> progress,
        CancellationToken cancellationToken)
    {
        DatabaseComparison comparison = index is null
            ? await DatabaseComparison.RunAsync(address, database, loaded, progress, cancellationToken).ConfigureAwait(false)
            : await DatabaseComparison.RunAsync(address, database, index, progress, cancellationToken).ConfigureAwait(false);
        if (comparison.Findings.Count == 0)
            return;
        string more = comparison.Findings.Count > Shown ? FormattableString.Invariant($" And {comparison.Findings.Count - Shown} more.") : "";
        throw new BackupException(ErrorIds.RestoredCopyDiffers,
            $"The restored copy is not what was backed up: {string.Join(' ', comparison.Findings.Take(Shown))}{more}", target: database);
    }
}
