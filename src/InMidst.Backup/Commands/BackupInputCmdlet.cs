using System.ComponentModel;
using System.Management.Automation;
using System.Security;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>The ways to say which backups are to be read: piped, by id, the latest of a database, or as files.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class BackupInputCmdlet : ConnectionCmdlet, IIdentityParameters
{
    private protected const string BackupSet = "Backup";
    private protected const string IdSet = "Id";
    private protected const string LatestSet = "Latest";
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

    private AgeIdentities _identities = AgeIdentities.None;

    /// <summary>The backup, usually from the pipeline.</summary>
    [Parameter(ParameterSetName = BackupSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public MidstBackup? InputObject { get; set; }

    /// <summary>Id of the backup, which is looked for in all repositories.</summary>
    [Parameter(ParameterSetName = IdSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string? Id { get; set; }

    /// <summary>Database whose newest backup is meant.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupDatabaseCompleter))]
    public string? Database { get; set; }

    /// <summary>Takes the newest backup of the database, in whatever repository it lies.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    public SwitchParameter Latest { get; set; }

    /// <summary>
    /// Dump files, this module's or any plain pg_dump output, compressed with gzip or Zstandard or not, encrypted with age or not; also as
    /// s3://bucket/key.
    /// </summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Dump files whose names are taken literally; also as s3://bucket/key.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

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
        _identities = await this.ReadAsync(file => ResolvePathAsync(file, cancellationToken), PostWarning).ConfigureAwait(false);
    }

    /// <summary>What is to be done with each backup. What it throws is an error of that backup; the others go on.</summary>
    private protected abstract Task ProcessAsync(ChosenBackup backup, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected sealed override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var finder = new BackupFinder(Access, _identities, PostWarning);
        if (InputObject is not null)
        {
            await ProcessItemAsync(() => Task.FromResult(finder.Piped(InputObject)), cancellationToken).ConfigureAwait(false);
        }
        else if (Path is not null || LiteralPath is not null)
        {
            foreach (string file in await FindFilesAsync(cancellationToken).ConfigureAwait(false))
                await ProcessItemAsync(() => Task.FromResult(finder.Named(file)), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ProcessItemAsync(() => FindInRepositoriesAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override ValueTask CleanUpAsync()
    {
        GivenIdentities.Forget(_identities);
        return base.CleanUpAsync();
    }

    private async Task ProcessItemAsync(Func<Task<ChosenBackup>> find, CancellationToken cancellationToken)
    {
        try
        {
            await ProcessAsync(await find().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ChosenBackup> FindInRepositoriesAsync(CancellationToken cancellationToken)
    {
        RepositoryCatalog catalog = await OpenCatalogAsync(_identities, PostWarning, cancellationToken).ConfigureAwait(false);
        return Id is not null
            ? await BackupFinder.FindByIdAsync(catalog, Id, cancellationToken).ConfigureAwait(false)
            : await BackupFinder.FindNewestAsync(catalog, Database!, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The dumps that are named. A name that leads to none is an error of its own.</summary>
    private async Task<IReadOnlyList<string>> FindFilesAsync(CancellationToken cancellationToken)
    {
        var files = new List<string>();
        foreach (string path in Path ?? [])
        {
            try
            {
                foreach (string file in await FindDumpsAsync(path, cancellationToken).ConfigureAwait(false))
                    Add(file, isListed: NamePatterns.IsPattern(path));
            }
            catch (BackupException e)
            {
                await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }

        bool isPiped = await OnPipelineAsync(() => MyInvocation.ExpectingInput, cancellationToken).ConfigureAwait(false);
        foreach (string path in LiteralPath ?? [])
        {
            try
            {
                Add(await ResolveDumpAsync(path, cancellationToken).ConfigureAwait(false), isPiped);
            }
            catch (BackupException e)
            {
                await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }

        return files;

        // Wildcards and listings of directories bring along what lies beside dumps; it would fail every test.
        void Add(string file, bool isListed)
        {
            if (DumpPath.FindWhole(file) is not { } dump)
                files.Add(file);
            else if (isListed)
                PostVerbose($"{file} is left out: it belongs to {dump}.");
            else
                throw new BackupException(ErrorIds.InvalidArgument, $"{file} is no dump: it belongs to {dump}.", guidance: "Name the dump.", target: file);
        }
    }
}
