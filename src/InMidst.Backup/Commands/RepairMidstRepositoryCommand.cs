using System.Management.Automation;
using System.Security;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Finds what dead runs left in repositories, removes it, and makes lost manifests anew.</summary>
/// <remarks>
/// <para>
/// A run that was killed leaves unfinished uploads (which a bucket charges for and shows nobody), data without a manifest, and locks. The
/// next backup of the same database clears up after it; this command does so for all databases, and for what no run comes back to. It never
/// removes a dump that is whole, unless somebody removed the backup and the removal did not come to its end, nor files of other tools, nor
/// what a living run is writing, on this machine or another.
/// </para>
/// <para>
/// A whole dump whose manifest is lost gets a new one from what the dump says of itself. Of an encrypted dump that takes its key
/// (-IdentityFile, -IdentityKey, -Passphrase).
/// </para>
/// <para>
/// Each finding is asked for and written with what was done. -WhatIf lists the findings, with the status Found. What nothing can be done
/// about, such as a damaged backup, is listed as CannotRepair.
/// </para>
/// </remarks>
/// <example>
/// <summary>See what there is</summary>
/// <code>
/// Repair-MidstRepository -Repository s3://inmidst-backups/backups -WhatIf
/// </code>
/// <para>Nothing is changed.</para>
/// </example>
/// <example>
/// <summary>Clear up every week, without questions</summary>
/// <code>
/// Repair-MidstRepository -Repository /srv/backups, s3://inmidst-backups/backups -MinimumAge 2.00:00:00 -Confirm:$false
/// </code>
/// <para>What is younger than two days is left alone.</para>
/// </example>
/// <example>
/// <summary>Make the lost manifest of an encrypted backup anew</summary>
/// <code>
/// Repair-MidstRepository -Repository ./backups -IdentityFile ./midst.key
/// </code>
/// <para>The backup is listed again, and can be tested and restored.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="RemoveMidstBackupCommand"/>
/// <seealso cref="TestMidstBackupCommand"/>
[Cmdlet(VerbsDiagnostic.Repair, "MidstRepository", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(MidstRepairFinding))]
public sealed class RepairMidstRepositoryCommand : RepositoryCmdlet, IIdentityParameters
{
    private AgeIdentities _identities = AgeIdentities.None;

    /// <summary>What is younger is left alone, but for dead locks and lost manifests: somebody may be copying it by other means.</summary>
    /// <value>1.00:00:00, a day</value>
    [Parameter]
    public TimeSpan MinimumAge { get; set; } = RepositoryRepair.DefaultMinimumAge;

    /// <inheritdoc cref="IIdentityParameters.IdentityFile"/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? IdentityFile { get; set; }

    /// <inheritdoc cref="IIdentityParameters.IdentityKey"/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public SecureString[]? IdentityKey { get; set; }

    /// <inheritdoc cref="IIdentityParameters.Passphrase"/>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        if (MinimumAge < TimeSpan.Zero)
            throw new BackupException(ErrorIds.InvalidArgument, "-MinimumAge must not be negative.");
        _identities = await this.ReadAsync(file => ResolvePathAsync(file, cancellationToken), PostWarning).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        OpenedRepositories repositories = await OpenRepositoriesAsync(isForWriting: false, cancellationToken).ConfigureAwait(false);
        List<RepositoryFailure> failures = [.. repositories.Failures];
        foreach (IStorage storage in repositories.Storages)
        {
            try
            {
                await RepairAsync(storage, cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                failures.Add(new RepositoryFailure(storage.Properties.Location, e));
            }
        }

        string? mayBeMissing = await FindOptionalRepositoryAsync(cancellationToken).ConfigureAwait(false);
        foreach (RepositoryFailure failure in RepositoryFailure.WithoutMissing(failures, mayBeMissing, repositories.Storages.Count + repositories.Failures.Count))
            await WriteErrorAsync(failure.ToError(), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ValueTask CleanUpAsync()
    {
        GivenIdentities.Forget(_identities);
        return base.CleanUpAsync();
    }

    private async Task RepairAsync(IStorage storage, CancellationToken cancellationToken)
    {
        var repair = new RepositoryRepair(storage, Clock, PostWarning, MinimumAge, _identities);

        // All is looked at before anything is changed: what is removed must not change what is still to be found.
        List<RepairFinding> findings = await repair.FindAsync(cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        foreach (RepairFinding finding in findings)
        {
            MidstRepairStatus status = await RepairAsync(repair, storage, finding, cancellationToken).ConfigureAwait(false);
            await WriteObjectAsync(finding.ToOutput(storage, status), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<MidstRepairStatus> RepairAsync(RepositoryRepair repair, IStorage storage, RepairFinding finding, CancellationToken cancellationToken)
    {
        if (!finding.CanRepair)
            return MidstRepairStatus.CannotRepair;
        bool isRemoval = finding.Action == RepairAction.Remove;
        string place = storage.Properties.PathOf(finding.Name);
        if (!await ShouldProcessAsync(place, $"{(isRemoval ? "Remove" : "Make the manifest anew")}: {finding.Description}", cancellationToken).ConfigureAwait(false))
            return MidstRepairStatus.Found;
        try
        {
            if (!await repair.RepairAsync(finding, cancellationToken).ConfigureAwait(false))
                return MidstRepairStatus.Gone;
            return isRemoval ? MidstRepairStatus.Removed : MidstRepairStatus.Rebuilt;
        }
        catch (BackupException e)
        {
            await WriteErrorAsync(new RepositoryFailure(place, e).ToError(), cancellationToken).ConfigureAwait(false);
            return MidstRepairStatus.Failed;
        }
    }
}
