using System.Collections;
using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Copies backups into another repository.</summary>
/// <remarks>
/// <para>
/// Every byte is compared with what the manifest recorded while it is copied, from the nearest copy; where that is damaged or cannot be read, the
/// next one is taken, with a warning. The copy is a backup when its manifest is there, which is written last. What is there already, the
/// same and whole, is left as it is; a copy that was interrupted goes on with the objects that are whole.
/// </para>
/// <para>
/// Encrypted backups are copied as they are; no key is needed. -S3Endpoint, -S3Credential and the like hold for all buckets of the command:
/// between servers that need different ones, copy by way of a directory.
/// </para>
/// </remarks>
/// <example>
/// <summary>Bring the newest backup of each database into a bucket</summary>
/// <code>
/// Get-MidstBackup -Latest -Repository ./backups | Copy-MidstBackup -Destination s3://inmidst-backups/backups
/// </code>
/// <para>Locations of what is written names both places.</para>
/// </example>
/// <example>
/// <summary>Fetch a backup from the bucket</summary>
/// <code>
/// Copy-MidstBackup -Database midst_prod -Latest -Repository s3://inmidst-backups/backups -Destination ./backups
/// </code>
/// <para>A restore then reads the copy in the directory.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="RemoveMidstBackupCommand"/>
/// <seealso cref="BackupMidstDatabaseCommand"/>
[Cmdlet(VerbsCommon.Copy, "MidstBackup", DefaultParameterSetName = BackupSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(MidstBackup))]
public sealed class CopyMidstBackupCommand : StoredBackupCmdlet, IS3ObjectParameters
{
    private const string LatestSet = "Latest";

    private string? _destination;

    /// <summary>Database whose newest backup is copied.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupDatabaseCompleter))]
    public string? Database { get; set; }

    /// <summary>Takes the newest backup of the database, in whatever repository it lies.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    public SwitchParameter Latest { get; set; }

    /// <summary>Directory or bucket (s3://bucket/prefix) to copy into.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3ServerSideEncryption"/>
    [Parameter]
    public MidstS3Encryption? S3ServerSideEncryption { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3KmsKeyId"/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3KmsKeyId { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3StorageClass"/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3StorageClass { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3Tag"/>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? S3Tag { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3ObjectLock"/>
    [Parameter]
    public MidstS3ObjectLock? S3ObjectLock { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3RetainUntil"/>
    [Parameter]
    public DateTimeOffset? S3RetainUntil { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.HasS3LegalHold"/>
    [Parameter]
    public SwitchParameter S3LegalHold { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3PartSize"/>
    [Parameter]
    [ValidateRange(S3Settings.SmallestPartLength, S3Settings.LargestPartLength)]
    public int? S3PartSize { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3MaximumParts"/>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? S3MaximumParts { get; set; }

    bool IS3ObjectParameters.HasS3LegalHold => S3LegalHold;

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        _destination = await ResolveRepositoryAsync(Destination!, cancellationToken).ConfigureAwait(false);
        this.RequireS3([_destination]);
    }

    /// <inheritdoc/>
    private protected override S3Settings DescribeObjects(S3Settings settings) => this.Describe(settings, Clock.GetUtcNow());

    /// <inheritdoc/>
    private protected override async Task<ChosenBackup?> FindOtherAsync(CancellationToken cancellationToken)
    {
        RepositoryCatalog catalog = await OpenCatalogAsync(AgeIdentities.None, PostWarning, cancellationToken).ConfigureAwait(false);
        return await BackupFinder.FindNewestAsync(catalog, Database!, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync(ChosenBackup backup, CancellationToken cancellationToken)
    {
        (IReadOnlyList<BackupRecord> copies, IReadOnlyList<RepositoryFailure> failures) = await OpenCopiesAsync(backup.Copies, cancellationToken).ConfigureAwait(false);
        if (copies.Count == 0)
            throw RepositoryFailure.Combine(failures, "No copy can be read.");
        foreach (RepositoryFailure failure in (RepositoryFailure[])[.. backup.Unasked, .. failures])
            PostWarning(failure.ToError($"{copies[0].Id} is copied without it:").Message);
        BackupRecord nearest = CopyOrder.Merge(copies).Nearest;
        string target = $"backup {nearest.Id}, {ByteSize.Format(nearest.Length)}, from {nearest.Storage.Properties.Location}";
        if (!await ShouldProcessAsync(target, $"Copy into {_destination}", cancellationToken).ConfigureAwait(false))
            return;
        IStorage destination = await OpenAsync(_destination!, isForWriting: true, cancellationToken).ConfigureAwait(false);
        BackupRecord copied = await new BackupCopying(destination, Clock, PostWarning).RunAsync(
            CopyOrder.Merge(copies).Copies, ProgressBar($"Copying {nearest.Id}"), cancellationToken).ConfigureAwait(false);
        PostProgressCompleted();
        await WriteObjectAsync(CopyOrder.Merge([.. copies, copied]).ToOutput(), cancellationToken).ConfigureAwait(false);
    }
}
