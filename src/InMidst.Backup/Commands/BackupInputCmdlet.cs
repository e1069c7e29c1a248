using System.ComponentModel;
using System.Management.Automation;
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
    public string? Id { get; set; }

    /// <summary>Database whose newest backup is meant.</summary>
    [Parameter(ParameterSetName = LatestSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
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

    /// <summary>The backups that are meant. One that cannot be found is an error of its own.</summary>
    private protected async Task<IReadOnlyList<BackupRecord>> FindBackupsAsync(CancellationToken cancellationToken)
    {
        if (InputObject is not null)
            return [await OpenFileAsync(System.IO.Path.Combine(InputObject.Repository, InputObject.Path), cancellationToken).ConfigureAwait(false)];
        if (Path is not null || LiteralPath is not null)
            return await FindFilesAsync(cancellationToken).ConfigureAwait(false);
        IStorage storage = await OpenStorageAsync(Repository, cancellationToken).ConfigureAwait(false);
        var all = new List<BackupRecord>();
        await foreach (BackupRecord backup in Open(storage).ListAsync(cancellationToken).ConfigureAwait(false))
            all.Add(backup);
        BackupRecord? found = Id is not null
            ? all.Find(b => b.Id == Id)
            : BackupChoice.Newest(all.Where(b => b.Database == Database)).FirstOrDefault();
        return found is not null
            ? [found]
            : throw new BackupException(ErrorIds.BackupNotFound,
                $"The repository at {storage.Properties.Location} has no backup {(Id is not null ? $"'{Id}'" : $"of database '{Database}'")}.", target: Id ?? Database);
    }

    private async Task<IReadOnlyList<BackupRecord>> FindFilesAsync(CancellationToken cancellationToken)
    {
        var files = new List<string>();
        foreach (string path in Path ?? [])
            files.AddRange(await FindPathsAsync(path, cancellationToken).ConfigureAwait(false));
        foreach (string path in LiteralPath ?? [])
            files.Add(await ResolvePathAsync(path, cancellationToken).ConfigureAwait(false));
        var records = new List<BackupRecord>();
        foreach (string file in files)
        {
            try
            {
                records.Add(await OpenFileAsync(file, cancellationToken).ConfigureAwait(false));
            }
            catch (BackupException e)
            {
                await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }

        return records;
    }

    private Task<BackupRecord> OpenFileAsync(string file, CancellationToken cancellationToken)
    {
        (IStorage storage, string name) = DumpPath.Open(file);
        return Open(storage).OpenAsync(name, cancellationToken);
    }
}
