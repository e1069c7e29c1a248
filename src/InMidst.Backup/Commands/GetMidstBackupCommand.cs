using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Commands;

/// <summary>Lists the backups of a repository.</summary>
/// <remarks>
/// <para>
/// Listed is what is complete: a dump with its manifest, oldest first, with what its last test said. Plain dumps that pg_dump or another
/// tool left in the directory are listed as ForeignDump, unproven. What cannot be listed (a damaged manifest, a missing file, a file that
/// is not the one its manifest describes) is named in a warning.
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
/// <seealso cref="TestMidstBackupCommand"/>
/// <seealso cref="RestoreMidstDatabaseCommand"/>
[Cmdlet(VerbsCommon.Get, "MidstBackup")]
[OutputType(typeof(MidstBackup))]
public sealed class GetMidstBackupCommand : RepositoryCmdlet
{
    /// <summary>Databases whose backups are listed.</summary>
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
        IStorage storage = await OpenStorageAsync(Repository, cancellationToken).ConfigureAwait(false);
        var found = new List<BackupRecord>();
        await foreach (BackupRecord backup in Open(storage).ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!Matches(backup))
                continue;
            found.Add(backup);
            if (!Latest)
                await WriteObjectAsync(backup.ToOutput(), cancellationToken).ConfigureAwait(false);
        }

        foreach (BackupRecord backup in Latest ? BackupChoice.Newest(found) : [])
            await WriteObjectAsync(backup.ToOutput(), cancellationToken).ConfigureAwait(false);
        foreach (string id in Id?.Where(i => !WildcardPattern.ContainsWildcardCharacters(i) && found.TrueForAll(b => b.Id != i)) ?? [])
        {
            var missing = new BackupException(ErrorIds.BackupNotFound, $"The repository at {storage.Properties.Location} has no backup '{id}'.", target: id);
            await WriteErrorAsync(missing, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool Matches(BackupRecord backup) =>
        (Database is null || (backup.Database is not null && NamePatterns.Matches(Database, backup.Database)))
        && (Id is null || NamePatterns.Matches(Id, backup.Id))
        && (Since is null || backup.Started >= Since)
        && (Before is null || backup.Started < Before);
}
