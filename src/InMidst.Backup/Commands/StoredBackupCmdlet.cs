using System.ComponentModel;
using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>The ways to say which backups of repositories are to be dealt with as they lie there: piped, or by id.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class StoredBackupCmdlet : RepositoryCmdlet
{
    private protected const string BackupSet = "Backup";
    private protected const string IdSet = "Id";

    /// <summary>The backup, usually from the pipeline.</summary>
    [Parameter(ParameterSetName = BackupSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public MidstBackup? InputObject { get; set; }

    /// <summary>Ids of the backups, which are looked for in all repositories.</summary>
    [Parameter(ParameterSetName = IdSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>What is to be done with each backup. What it throws is an error of that backup; the others go on.</summary>
    private protected abstract Task ProcessAsync(ChosenBackup backup, CancellationToken cancellationToken);

    /// <summary>Finds backups that are named otherwise; nothing by default.</summary>
    private protected virtual Task<ChosenBackup?> FindOtherAsync(CancellationToken cancellationToken) => Task.FromResult<ChosenBackup?>(null);

    /// <inheritdoc/>
    protected sealed override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (InputObject is not null)
        {
            var finder = new BackupFinder(Access, AgeIdentities.None, PostWarning);
            await ProcessItemAsync(() => Task.FromResult<ChosenBackup?>(finder.Piped(InputObject)), cancellationToken).ConfigureAwait(false);
        }
        else if (Id is not null)
        {
            RepositoryCatalog catalog = await OpenCatalogAsync(AgeIdentities.None, PostWarning, cancellationToken).ConfigureAwait(false);
            foreach (string id in Id)
                await ProcessItemAsync(async () => await BackupFinder.FindByIdAsync(catalog, id, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ProcessItemAsync(() => FindOtherAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what is known of all copies. Those that cannot be read are told to the caller.</summary>
    private protected static async Task<(IReadOnlyList<BackupRecord> Copies, IReadOnlyList<RepositoryFailure> Failures)> OpenCopiesAsync(
        IEnumerable<StoredCopy> copies, CancellationToken cancellationToken)
    {
        var opened = new List<BackupRecord>();
        var failures = new List<RepositoryFailure>();
        foreach (StoredCopy copy in copies)
        {
            try
            {
                opened.Add(await copy.OpenAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (BackupException e)
            {
                failures.Add(new RepositoryFailure(copy.Location, e));
            }
        }

        return (opened, failures);
    }

    private async Task ProcessItemAsync(Func<Task<ChosenBackup?>> find, CancellationToken cancellationToken)
    {
        try
        {
            if (await find().ConfigureAwait(false) is { } backup)
                await ProcessAsync(backup, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }
}
