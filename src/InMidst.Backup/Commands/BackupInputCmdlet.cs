using System.ComponentModel;
using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Commands;

/// <summary>The ways to say which backups are meant: piped, by id, the latest of a database, or as files.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class BackupInputCmdlet : ConnectionCmdlet
{
    private protected const string BackupSet = "Backup";
    private protected const string IdSet = "Id";
    private protected const string LatestSet = "Latest";
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

    /// <summary>The backup, usually from the pipeline.</summary>
    [Parameter(ParameterSetName = BackupSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public MidstBackup? InputObject { get; set; }

    /// <summary>Id of the backup in the repository.</summary>
    [Parameter(ParameterSetName = IdSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupIdCompleter))]
    public string? Id { get; set; }

    /// <summary>Database whose newest backup is meant.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BackupDatabaseCompleter))]
    public string? Database { get; set; }

    /// <summary>Takes the newest backup of the database.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    public SwitchParameter Latest { get; set; }

    /// <summary>Dump files, this module's or any plain pg_dump output, compressed with gzip or Zstandard or not.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Dump files whose names are taken literally.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>What is to be done with each backup. What it throws is an error of that backup; the others go on.</summary>
    private protected abstract Task ProcessAsync(BackupRecord backup, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected sealed override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (InputObject is not null)
        {
            string file = System.IO.Path.Combine(InputObject.Repository, InputObject.Path);
            await ProcessItemAsync(() => OpenFileAsync(file, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        else if (Path is not null || LiteralPath is not null)
        {
            foreach (string file in await FindFilesAsync(cancellationToken).ConfigureAwait(false))
                await ProcessItemAsync(() => OpenFileAsync(file, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ProcessItemAsync(() => FindInRepositoryAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ProcessItemAsync(Func<Task<BackupRecord>> find, CancellationToken cancellationToken)
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

    private async Task<BackupRecord> FindInRepositoryAsync(CancellationToken cancellationToken)
    {
        IStorage storage = await OpenStorageAsync(Repository, cancellationToken).ConfigureAwait(false);
        var all = new List<BackupRecord>();
        await foreach (BackupRecord backup in Open(storage).ListAsync(cancellationToken).ConfigureAwait(false))
            all.Add(backup);
        BackupRecord? found = Id is not null
            ? all.Find(b => b.Id == Id)
            : BackupChoice.Newest(all.Where(b => b.Database == Database)).FirstOrDefault();
        return found ?? throw new BackupException(ErrorIds.BackupNotFound,
            $"The repository at {storage.Properties.Location} has no backup {(Id is not null ? $"'{Id}'" : $"of database '{Database}'")}.", target: Id ?? Database);
    }

    /// <summary>The files that are named. A name that leads to nothing is an error of its own.</summary>
    private async Task<IReadOnlyList<string>> FindFilesAsync(CancellationToken cancellationToken)
    {
        var files = new List<string>();
        foreach (string path in Path ?? [])
        {
            try
            {
                files.AddRange(await FindPathsAsync(path, cancellationToken).ConfigureAwait(false));
            }
            catch (BackupException e)
            {
                await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (string path in LiteralPath ?? [])
            files.Add(await ResolvePathAsync(path, cancellationToken).ConfigureAwait(false));
        return files;
    }

    private Task<BackupRecord> OpenFileAsync(string file, CancellationToken cancellationToken)
    {
        (IStorage storage, string name) = DumpPath.Open(file);
        return Open(storage).OpenAsync(name, cancellationToken);
    }
}
