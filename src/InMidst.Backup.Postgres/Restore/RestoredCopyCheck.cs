using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Compares a filled database with what is known of its source, before it takes the place of another.</summary>
internal static class RestoredCopyCheck
{
    private const int Shown = 5;

    /// <summary>Reads every table again. Of a dump without an index only the rows that were loaded are known.</summary>
    /// <param name="options">The restore, whose connections that load are also as many as compare.</param>
    /// <param name="database">The filled database.</param>
    /// <param name="index">The dump's index, or null.</param>
    /// <param name="loaded">Rows that were loaded, by table.</param>
    /// <param name="warn">Told when the server has room for fewer connections.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.RestoredCopyDiffers"/>, naming the first differences.</exception>
    public static async Task RunAsync(
        RestoreOptions options, string database, DumpIndex? index, IReadOnlyDictionary<string, long> loaded, Action<string> warn,
        IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        var compared = new ComparisonOptions { Address = options.Address, Database = database, Workers = options.Workers, Warn = warn };
        DatabaseComparison comparison = index is null
            ? await DatabaseComparison.RunAsync(compared, loaded, progress, cancellationToken).ConfigureAwait(false)
            : await DatabaseComparison.RunAsync(compared, index, progress, cancellationToken).ConfigureAwait(false);
        if (comparison.Findings.Count == 0)
            return;
        string more = comparison.Findings.Count > Shown ? FormattableString.Invariant($" And {comparison.Findings.Count - Shown} more.") : "";
        throw new BackupException(ErrorIds.RestoredCopyDiffers,
            $"The restored copy is not what was backed up: {string.Join(' ', comparison.Findings.Take(Shown))}{more}", target: database);
    }
}
