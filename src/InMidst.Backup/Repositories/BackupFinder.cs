using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Repositories;

/// <summary>Finds the backups that parameters name, with all their copies.</summary>
/// <param name="access">Opens storages.</param>
/// <param name="identities">What opens encrypted backups; not owned.</param>
/// <param name="warn">Told of what is there but cannot be used.</param>
internal sealed class BackupFinder(RepositoryAccess access, AgeIdentities identities, Action<string> warn)
{
    /// <summary>A backup that was piped: its copies, not looked at yet.</summary>
    /// <param name="backup">What Get-MidstBackup or another command wrote, perhaps in another process.</param>
    public ChosenBackup Piped(MidstBackup backup)
    {
        string first = Path.Combine(backup.Repository, backup.Path);
        string[] places = backup.Locations is { Length: > 0 } locations ? locations : [first];
        string[] repositories = backup.Repository.Length > 0 ? [backup.Repository] : [];
        string? id = backup.Id.Length > 0 ? backup.Id : null;
        return new ChosenBackup(id, [.. places.Select(place => At(place, repositories, id))], []);
    }

    /// <summary>A dump that is named by its place.</summary>
    /// <param name="place">Absolute path or s3:// URI.</param>
    public ChosenBackup Named(string place) => new(null, [At(place, [], id: null)], []);

    /// <summary>The one backup with this id.</summary>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.BackupNotFound"/>; <see cref="ErrorIds.InvalidArgument"/> when there are several; or why nobody could be asked.
    /// </exception>
    public static async Task<ChosenBackup> FindByIdAsync(RepositoryCatalog catalog, string id, CancellationToken cancellationToken)
    {
        IReadOnlyList<CatalogBackup> found = await catalog.FindByIdAsync(id, cancellationToken).ConfigureAwait(false);
        return found.Count switch
        {
            0 => throw NotFound(catalog, $"'{id}'", id),
            1 => Choose(found[0], catalog),
            _ => throw new BackupException(ErrorIds.InvalidArgument,
                $"There are {found.Count} different backups '{id}', in {string.Join(" and ", found.Select(b => b.Nearest.Storage.Properties.Location))}.",
                guidance: "Say with -Repository which one is meant.", target: id),
        };
    }

    /// <summary>The newest backup of a database.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.BackupNotFound"/>, or why nobody could be asked.</exception>
    public static async Task<ChosenBackup> FindNewestAsync(RepositoryCatalog catalog, string database, CancellationToken cancellationToken)
    {
        CatalogBackup? found = await catalog.FindNewestAsync(database, cancellationToken).ConfigureAwait(false);
        return found is null ? throw NotFound(catalog, $"of database '{database}'", database) : Choose(found, catalog);
    }

    private static ChosenBackup Choose(CatalogBackup backup, RepositoryCatalog catalog) =>
        new(backup.Id, [.. backup.Copies.Select(StoredCopy.Of)], catalog.Failures);

    private static BackupException NotFound(RepositoryCatalog catalog, string what, string target) => catalog.Failures.Count > 0
        ? RepositoryFailure.Combine(catalog.Failures, catalog.Asked > 0 ? $"A backup {what} was not found, and not everywhere could be asked." : "")
        : new BackupException(ErrorIds.BackupNotFound, $"{catalog.Describe()} no backup {what}.", target: target);

    private StoredCopy At(string place, string[] repositories, string? id) => new(place, async cancellationToken =>
    {
        (Core.Storage.IStorage storage, string name) = await access.OpenDumpAsync(place, repositories, cancellationToken).ConfigureAwait(false);
        BackupRecord record = await new BackupRepository(storage, warn, identities).OpenAsync(name, cancellationToken).ConfigureAwait(false);

        // Since it was listed another one may have been put in its place, whole and with its own manifest.
        return id is null || record.Manifest is null || record.Id == id ? record : throw new BackupException(
            ErrorIds.BackupCorrupt, $"{place} is not {id}: its manifest is that of {record.Id}.", guidance: "Get-MidstBackup lists what there is.", target: id);
    });
}
