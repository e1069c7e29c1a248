using System.Management.Automation;
using System.Runtime.CompilerServices;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Lists the backups of the repositories.</summary>
/// <remarks>
/// <para>
/// Listed is what is complete: a dump with its manifest, oldest first, with what its last test said. Plain dumps that pg_dump or another
/// tool left in the directory are listed as ForeignDump, unproven. What cannot be listed (a damaged manifest, a missing file, a file that
/// is not the one its manifest describes) is named in a warning.
/// </para>
/// <para>
/// What lies in several repositories is one backup; its Locations are the copies, the nearest first. A repository that cannot be asked is
/// an error, and the others are listed; only ./backups may be missing, where it was not named and another repository is there.
/// </para>
/// <para>
/// Manifests of buckets are kept in the user's cache directory, so that thousands of backups are listed in seconds. What lies in the
/// bucket is asked every time; the cache only spares reading again what has not changed.
/// </para>
/// </remarks>
/// <example>
/// <summary>All backups in ./backups</summary>
/// <code run="server">
/// Get-MidstBackup
/// </code>
/// <para>Each backup shows when it was taken, its size, its rows, and what the last test proved.</para>
/// </example>
/// <example>
/// <summary>The newest backup of a database</summary>
/// <code>
/// Get-MidstBackup midst_prod -Latest | Restore-MidstDatabase -TargetDatabase midst_copy
/// </code>
/// <para>-Latest gives one backup for each database that matches.</para>
/// </example>
/// <example>
/// <summary>Test everything taken since a date</summary>
/// <code>
/// Get-MidstBackup -Since 2026-02-01 | Test-MidstBackup
/// </code>
/// <para>Without -Level, the contents of each dump are read through and compared with what its manifest recorded.</para>
/// </example>
/// <example>
/// <summary>What lies in a bucket</summary>
/// <code>
/// Get-MidstBackup -Repository s3://inmidst-backups/backups -S3Endpoint https://s3.example.org -S3Profile backup
/// </code>
/// <para>Without -S3Endpoint it is AWS, or the server that AWS_ENDPOINT_URL_S3 names.</para>
/// </example>
/// <seealso cref="TestMidstBackupCommand"/>
/// <seealso cref="RestoreMidstDatabaseCommand"/>
/// <seealso cref="CopyMidstBackupCommand"/>
/// <seealso cref="RemoveMidstBackupCommand"/>
[Cmdlet(VerbsCommon.Get, "MidstBackup")]
[OutputType(typeof(MidstBackup))]
public sealed class GetMidstBackupCommand : RepositoryCmdlet
{
    /// <summary>Databases whose backups are listed. One that is named without wildcards and has no backup is an error.</summary>
    /// <value>all</value>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupDatabaseCompleter))]
    public string[]? Database { get; set; }

    /// <summary>Ids of the backups to list.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>Only the newest backup of each database. Foreign dumps count where there is nothing else.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    /// <summary>Only backups that began at this time or later. Without an offset it is local time.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only backups that began before this time. Without an offset it is local time.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        RepositoryCatalog catalog = await OpenCatalogAsync(AgeIdentities.None, PostWarning, cancellationToken).ConfigureAwait(false);
        string[] exact = [.. Id?.Where(i => !NamePatterns.IsPattern(i)) ?? []];
        var missing = new HashSet<string>(Id is null ? Database?.Where(d => !NamePatterns.IsPattern(d)) ?? [] : [], StringComparer.Ordinal);
        var failures = new Dictionary<string, RepositoryFailure>(StringComparer.Ordinal);
        var found = new List<CatalogBackup>();
        foreach (Func<IAsyncEnumerable<CatalogBackup>> list in Lists(catalog, exact, cancellationToken))
        {
            await foreach (CatalogBackup backup in list().ConfigureAwait(false))
            {
                missing.Remove(backup.Nearest.Database ?? "");
                if (!Matches(backup.Nearest))
                    continue;
                found.Add(backup);
                if (!Latest)
                    await WriteObjectAsync(backup.ToOutput(), cancellationToken).ConfigureAwait(false);
            }

            foreach (RepositoryFailure failure in catalog.Failures)
                failures[failure.Location] = failure;
        }

        foreach (CatalogBackup backup in Latest ? BackupChoice.Newest(found) : [])
            await WriteObjectAsync(backup.ToOutput(), cancellationToken).ConfigureAwait(false);
        foreach (RepositoryFailure failure in failures.Values)
            await WriteErrorAsync(failure.ToError(), cancellationToken).ConfigureAwait(false);
        if (catalog.Asked == 0)
            return;
        foreach (string id in exact.Where(i => found.TrueForAll(b => b.Id != i)))
            await WriteErrorAsync(NotFound(catalog, $"'{id}'", id), cancellationToken).ConfigureAwait(false);

        // Silence would be passed on: a restore or a test behind the pipe would do nothing, and that well.
        foreach (string database in missing)
            await WriteErrorAsync(NotFound(catalog, $"of database '{database}'", database), cancellationToken).ConfigureAwait(false);
    }

    private static BackupException NotFound(RepositoryCatalog catalog, string what, string target) =>
        new(ErrorIds.BackupNotFound, $"{catalog.Describe()} no backup {what}.", target: target);

    /// <summary>Who names ids need not wait until all backups are listed.</summary>
    private IEnumerable<Func<IAsyncEnumerable<CatalogBackup>>> Lists(RepositoryCatalog catalog, string[] exact, CancellationToken cancellationToken)
    {
        if (Id is null || exact.Length < Id.Length)
            return [() => catalog.ListAsync(cancellationToken)];
        return exact.Select(id => (Func<IAsyncEnumerable<CatalogBackup>>)(() => FindAsync(catalog, id, cancellationToken)));
    }

    private static async IAsyncEnumerable<CatalogBackup> FindAsync(
        RepositoryCatalog catalog, string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (CatalogBackup backup in await catalog.FindByIdAsync(id, cancellationToken).ConfigureAwait(false))
            yield return backup;
    }

    private bool Matches(BackupRecord backup) =>
        (Database is null || (backup.Database is not null && NamePatterns.Matches(Database, backup.Database)))
        && (Id is null || NamePatterns.Matches(Id, backup.Id))
        && (Since is null || backup.Started >= Since)
        && (Before is null || backup.Started < Before);
}
