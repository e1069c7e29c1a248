using System.Collections;
using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
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
/// same and whole, is left as it is. A copy that failed goes on where it was when the same command is run again: with the objects that are
/// whole, and on S3 with the parts of one that is not. A warning says how much is there; <see cref="RepairMidstRepositoryCommand"/> removes
/// it. Ctrl-C leaves no unfinished upload.
/// </para>
/// <para>
/// Encrypted backups are copied as they are; no key is needed.
/// </para>
/// <para>
/// -S3Endpoint, -S3Credential and the like hold for the destination too. Where it is another server or another account, name that with
/// -DestinationS3Endpoint, -DestinationS3Credential and the like: as soon as one of them is given, the destination is reached by these alone,
/// and what they leave out comes from the AWS_* variables and files, never from -S3Credential and the like; where -S3Endpoint is given,
/// -DestinationS3Endpoint must be too. What is written then names the copy and those in directories, but not those in buckets of the
/// source: no other command reaches both servers.
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
/// <example>
/// <summary>Keep a copy with another provider</summary>
/// <code>
/// $vault = @{ S3Endpoint = 'https://s3.example.org'; S3Credential = Get-Credential }
/// Get-MidstBackup -Latest -Repository s3://inmidst-backups/backups |
///     Copy-MidstBackup -Destination s3://inmidst-vault/backups -DestinationS3Endpoint $vault.S3Endpoint -DestinationS3Credential $vault.S3Credential |
///     Test-MidstBackup @vault
/// </code>
/// <para>The user name of the credential is the access key, the password the secret key. The copy is read back from where it was written.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="RemoveMidstBackupCommand"/>
/// <seealso cref="RepairMidstRepositoryCommand"/>
/// <seealso cref="BackupMidstDatabaseCommand"/>
[Cmdlet(VerbsCommon.Copy, "MidstBackup", DefaultParameterSetName = BackupSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(MidstBackup))]
public sealed class CopyMidstBackupCommand : StoredBackupCmdlet, IS3ObjectParameters
{
    private const string LatestSet = "Latest";

    private string? _destination;
    private bool? _destinationPathStyle;
    private bool _isElsewhere;

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

    /// <summary>URL of the S3 server that the destination lies on.</summary>
    /// <value>AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL, else the profile's, else AWS itself; without any -DestinationS3 parameter what holds for the source</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationS3Endpoint { get; set; }

    /// <summary>Region of the destination's bucket.</summary>
    /// <value>AWS_REGION, else AWS_DEFAULT_REGION, else the profile's, else us-east-1</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationS3Region { get; set; }

    /// <summary>Profile of the AWS configuration files whose credentials are used for the destination.</summary>
    /// <value>the credentials that AWS's own tools would find</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationS3Profile { get; set; }

    /// <summary>Access key (as the user name) and secret key (as the password) for the destination.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSCredential? DestinationS3Credential { get; set; }

    /// <summary>ARN of a role that is assumed with the credentials for the destination.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationS3RoleArn { get; set; }

    /// <summary>PEM file with the certificates of the authorities that the destination's certificate may come from.</summary>
    /// <value>AWS_CA_BUNDLE, else the machine's own</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DestinationS3CaCertificate { get; set; }

    /// <summary>Whether the destination's bucket stands in the path of URLs instead of the host name.</summary>
    /// <value>with an endpoint yes, on AWS no</value>
    [Parameter]
    public SwitchParameter DestinationS3PathStyle
    {
        get => _destinationPathStyle ?? false;
        set => _destinationPathStyle = value.IsPresent;
    }

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
        if (!_isElsewhere)
            return;
        if (!S3Location.IsS3(_destination))
            throw new BackupException(ErrorIds.InvalidArgument, $"The -DestinationS3 parameters need a destination on S3, and {_destination} is a directory.");
        if (S3Endpoint is not null && DestinationS3Endpoint is null)
        {
            // Either could be meant, the source's server or AWS, and keys are not sent to a server on a guess.
            throw new BackupException(ErrorIds.InvalidArgument, "-S3Endpoint is the source's when the destination has parameters of its own; -DestinationS3Endpoint must name the other one.",
                guidance: "Repeat the endpoint where both are the same server.");
        }
    }

    /// <inheritdoc/>
    private protected override async Task<S3Way?> ConnectDestinationAsync(CancellationToken cancellationToken)
    {
        var given = new S3Connecting
        {
            IsDestination = true,
            Endpoint = DestinationS3Endpoint,
            Region = DestinationS3Region,
            Profile = DestinationS3Profile,
            Credential = DestinationS3Credential,
            RoleArn = DestinationS3RoleArn,
            CaCertificate = await ResolveGivenPathAsync(DestinationS3CaCertificate, cancellationToken).ConfigureAwait(false),
            PathStyle = _destinationPathStyle,
        };
        _isElsewhere = given.IsGiven;
        return _isElsewhere ? given.Choose() : null;
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
        if (!await ShouldProcessAsync(target, $"Copy into {_destination}{(DestinationS3Endpoint is null ? "" : $" at {DestinationS3Endpoint}")}", cancellationToken).ConfigureAwait(false))
            return;
        IStorage destination = await Access.OpenAsync(_destination!, isForWriting: true, cancellationToken).ConfigureAwait(false);
        BackupRecord copied = await new BackupCopying(destination, Clock, PostWarning).RunAsync(
            CopyOrder.Merge(copies).Copies, ProgressBar($"Copying {nearest.Id}"), cancellationToken).ConfigureAwait(false);
        PostProgressCompleted();

        // A URI does not tell its server: what lies on the source's would be looked for on the destination's, or the other way round.
        IEnumerable<BackupRecord> others = _isElsewhere ? copies.Where(copy => !copy.Storage.Properties.IsRemote) : copies;
        await WriteObjectAsync(CopyOrder.Merge([.. others, copied]).ToOutput(), cancellationToken).ConfigureAwait(false);
    }
}
