using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Removes backups from the repositories they lie in.</summary>
/// <remarks>
/// <para>
/// The manifest goes first, and with it the backup; then its files. A record beside them (….removed.json) says until the end that they are
/// to go: what a removal left that failed or was killed is removed by the next one, by the next backup of the database, or by
/// <see cref="RepairMidstRepositoryCommand"/>, and never made a backup again. All copies of a backup are removed; with -Repository only
/// those that lie there.
/// </para>
/// <para>
/// For each copy there is a result. A copy that the storage keeps against removal (Object Lock, legal hold) is no failure: its status is
/// Locked, nothing of it was removed, and LockedUntil says when it can be. In a bucket with versions a removed object stays as an old
/// version until the bucket's own rules end it.
/// </para>
/// </remarks>
/// <example>
/// <summary>Remove all backups of a database that are older than three months</summary>
/// <code>
/// Get-MidstBackup midst_test -Before (Get-Date).AddMonths(-3) | Remove-MidstBackup -Confirm:$false
/// </code>
/// <para>Without -Confirm:$false each is asked for; with -WhatIf nothing is removed.</para>
/// </example>
/// <example>
/// <summary>Remove the local copies of what lies in the bucket as well</summary>
/// <code>
/// Get-MidstBackup -Repository ./backups, s3://inmidst-backups/backups | Where-Object { $_.Locations.Count -gt 1 } | Remove-MidstBackup -Repository ./backups
/// </code>
/// <para>-Repository on the removal says which copies go; the others stay.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="CopyMidstBackupCommand"/>
/// <seealso cref="RepairMidstRepositoryCommand"/>
[Cmdlet(VerbsCommon.Remove, "MidstBackup", DefaultParameterSetName = BackupSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(MidstBackupRemoval))]
public sealed class RemoveMidstBackupCommand : StoredBackupCmdlet
{
    /// <inheritdoc/>
    private protected override async Task ProcessAsync(ChosenBackup backup, CancellationToken cancellationToken)
    {
        foreach (RepositoryFailure unasked in backup.Unasked)
            await WriteErrorAsync(unasked.ToError($"A copy of {backup.Id} may lie in a repository that could not be asked."), cancellationToken).ConfigureAwait(false);
        (IReadOnlyList<BackupRecord> copies, IReadOnlyList<RepositoryFailure> failures) = await OpenCopiesAsync(
            await ChooseAsync(backup, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        foreach (RepositoryFailure failure in failures)
            await WriteErrorAsync(failure.ToError("A copy was not removed."), cancellationToken).ConfigureAwait(false);
        if (copies.Count == 0)
            return;
        string places = string.Join(" and ", copies.Select(c => c.Storage.Properties.PathOf(c.Data.Name)));
        if (!await ShouldProcessAsync(places, $"Remove backup {copies[0].Id} of {copies[0].Started.LocalDateTime:g}, {ByteSize.Format(copies[0].Length)}", cancellationToken).ConfigureAwait(false))
            return;
        foreach (BackupRecord copy in copies)
            await RemoveAsync(copy, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All copies, or those in the repositories that are named.</summary>
    private async Task<IEnumerable<StoredCopy>> ChooseAsync(ChosenBackup backup, CancellationToken cancellationToken)
    {
        if (Repository is null)
            return backup.Copies;
        IReadOnlyList<string> repositories = await LocateAsync(cancellationToken).ConfigureAwait(false);
        StoredCopy[] there = [.. backup.Copies.Where(copy => repositories.Any(repository => Locations.IsIn(copy.Location, repository)))];
        return there.Length > 0 ? there : throw new BackupException(ErrorIds.BackupNotFound,
            $"{backup.Id} does not lie in {string.Join(" or ", repositories)}, but in {string.Join(" and ", backup.Copies.Select(c => c.Location))}.", target: backup.Id);
    }

    private async Task RemoveAsync(BackupRecord copy, CancellationToken cancellationToken)
    {
        try
        {
            RemovalResult result = await new BackupRemoval(Clock, PostWarning).RunAsync(copy, cancellationToken).ConfigureAwait(false);
            await WriteObjectAsync(result.ToOutput(copy), cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }
}
