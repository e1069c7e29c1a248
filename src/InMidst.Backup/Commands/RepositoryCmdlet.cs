using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Reflection;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Where repositories are and how they are reached, and what goes with long work on backups.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RepositoryCmdlet : MidstCmdlet
{
    private bool? _pathStyle;
    private RepositoryAccess? _access;
    private IReadOnlyList<string>? _locations;

    /// <summary>Directories and buckets (s3://bucket/prefix) that hold the backups.</summary>
    /// <value>./backups, and s3://$S3_BUCKET/backups where the environment variable S3_BUCKET is set</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Repository { get; set; }

    /// <summary>URL of the server that speaks S3 (Ceph, MinIO, R2, Wasabi and others).</summary>
    /// <value>AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL, else the profile's, else AWS itself</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3Endpoint { get; set; }

    /// <summary>Region of the bucket.</summary>
    /// <value>AWS_REGION, else AWS_DEFAULT_REGION, else the profile's, else us-east-1</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3Region { get; set; }

    /// <summary>Profile of the AWS configuration files whose credentials are used.</summary>
    /// <value>the credentials that AWS's own tools would find: AWS_* variables, web identity, profile, container, instance</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3Profile { get; set; }

    /// <summary>Access key (as the user name) and secret key (as the password) for S3.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSCredential? S3Credential { get; set; }

    /// <summary>ARN of a role that is assumed with the credentials for S3.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3RoleArn { get; set; }

    /// <summary>PEM file with the certificates of the authorities that the S3 server's certificate may come from.</summary>
    /// <value>AWS_CA_BUNDLE, else the machine's own</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3CaCertificate { get; set; }

    /// <summary>Whether the bucket stands in the path of URLs instead of the host name.</summary>
    /// <value>with an endpoint yes, on AWS no</value>
    [Parameter]
    public SwitchParameter S3PathStyle
    {
        get => _pathStyle ?? false;
        set => _pathStyle = value.IsPresent;
    }

    /// <summary>Bytes per second that are written to and read from each repository at most; 20MB is written so.</summary>
    /// <value>without a limit</value>
    [Parameter]
    [ValidateRange(1024L, long.MaxValue)]
    public long? MaxRate { get; set; }

    /// <summary>Name and version of this program as manifests and proofs have it.</summary>
    private protected static string Tool { get; } =
        "InMidst.Backup " + (typeof(RepositoryCmdlet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    /// <summary>Opens storages.</summary>
    private protected RepositoryAccess Access => _access ?? throw new InvalidOperationException("The command has not begun.");

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        S3Way reading = new S3Connecting
        {
            Endpoint = S3Endpoint,
            Region = S3Region,
            Profile = S3Profile,
            Credential = S3Credential,
            RoleArn = S3RoleArn,
            CaCertificate = await ResolveGivenPathAsync(S3CaCertificate, cancellationToken).ConfigureAwait(false),
            PathStyle = _pathStyle,
        }.Choose();
        S3Way writing = await ConnectDestinationAsync(cancellationToken).ConfigureAwait(false) ?? reading;
        _access = new RepositoryAccess(
            reading, writing with { Settings = DescribeObjects(writing.Settings) }, MaxRate, Clock, PostVerbose, PostWarning);
    }

    /// <inheritdoc/>
    protected override ValueTask CleanUpAsync()
    {
        _access?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>How S3 is reached where backups are written; null, as by default, in the same way as where they are read.</summary>
    private protected virtual Task<S3Way?> ConnectDestinationAsync(CancellationToken cancellationToken) => Task.FromResult<S3Way?>(null);

    /// <summary>Adds what backups that the command writes to S3 are given.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>: the parameters contradict each other.</exception>
    private protected virtual S3Settings DescribeObjects(S3Settings settings) => settings;

    /// <summary>Absolute paths and URIs of the repositories. Contacts nothing.</summary>
    private protected async Task<IReadOnlyList<string>> LocateAsync(CancellationToken cancellationToken)
    {
        if (_locations is not null)
            return _locations;
        var locations = new List<string>();
        foreach ((string text, string origin) in RepositoryDefaults.Choose(Repository))
        {
            string location = await ResolveRepositoryAsync(text, cancellationToken).ConfigureAwait(false);
            PostVerbose($"Repository {location}: {origin}.");
            if (!locations.Contains(location))
                locations.Add(location);
        }

        return _locations = locations;
    }

    /// <summary>Opens the repositories. One that cannot be opened does not hold up the others.</summary>
    private protected async Task<OpenedRepositories> OpenRepositoriesAsync(bool isForWriting, CancellationToken cancellationToken)
    {
        var storages = new List<IStorage>();
        var failures = new List<RepositoryFailure>();
        foreach (string location in await LocateAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                storages.Add(await Access.OpenAsync(location, isForWriting, cancellationToken).ConfigureAwait(false));
            }
            catch (BackupException e)
            {
                failures.Add(new RepositoryFailure(location, e));
            }
        }

        return new OpenedRepositories(storages, failures);
    }

    /// <summary>The backups of the repositories.</summary>
    /// <param name="identities">What opens encrypted ones; not owned.</param>
    /// <param name="warn">Told of what is there but cannot be listed.</param>
    /// <param name="cancellationToken">Cancels.</param>
    private protected async Task<RepositoryCatalog> OpenCatalogAsync(AgeIdentities identities, Action<string> warn, CancellationToken cancellationToken)
    {
        OpenedRepositories repositories = await OpenRepositoriesAsync(isForWriting: false, cancellationToken).ConfigureAwait(false);
        string? mayBeMissing = await FindOptionalRepositoryAsync(cancellationToken).ConfigureAwait(false);
        return new RepositoryCatalog(repositories, mayBeMissing, identities, UserCache.Open(Clock), warn);
    }

    /// <summary>The repository that need not exist where another one does: a new machine has a bucket, and no ./backups. Null when all were named.</summary>
    private protected async Task<string?> FindOptionalRepositoryAsync(CancellationToken cancellationToken) =>
        Repository is null ? (await LocateAsync(cancellationToken).ConfigureAwait(false))[0] : null;

    /// <summary>The absolute path of a file that a parameter names; null where it does not.</summary>
    private protected async Task<string?> ResolveGivenPathAsync(string? file, CancellationToken cancellationToken) =>
        file is null ? null : await ResolvePathAsync(file, cancellationToken).ConfigureAwait(false);

    /// <summary>Shows an engine's progress as a bar with the time left.</summary>
    private protected IProgress<OperationProgress> ProgressBar(string activity)
    {
        var elapsed = Stopwatch.StartNew();
        return new ActionProgress(p =>
        {
            TimeSpan? left = p.Fraction is > 0.01 and < 1 ? elapsed.Elapsed * ((1 - p.Fraction.Value) / p.Fraction.Value) : null;
            int percent = p.Fraction is null ? -1 : (int)(p.Fraction.Value * 100);
            string status = p.Bytes > 0 ? $"{p.Status}, {ByteSize.Format(p.Bytes)}" : p.Status;
            PostProgress(activity, status, percent, left);
        });
    }

    /// <summary>Reports on the calling thread; <see cref="Progress{T}"/> would post to another one and reorder.</summary>
    private sealed class ActionProgress(Action<OperationProgress> report) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => report(value);
    }
}
