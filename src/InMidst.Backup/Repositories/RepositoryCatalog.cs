using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Repositories;

/// <summary>The backups of all repositories of a command, and which of these could not be asked.</summary>
internal sealed class RepositoryCatalog
{
    private readonly Catalog _catalog;
    private readonly OpenedRepositories _repositories;
    private readonly string? _mayBeMissing;
    private readonly List<RepositoryFailure> _failures = [];

    /// <summary>Makes the view.</summary>
    /// <param name="repositories">The repositories.</param>
    /// <param name="mayBeMissing">One whose absence matters only when no other repository is there; null for none.</param>
    /// <param name="identities">What opens encrypted backups; not owned.</param>
    /// <param name="cache">Spares reading far manifests again.</param>
    /// <param name="warn">Told of what is there but cannot be listed.</param>
    public RepositoryCatalog(
        OpenedRepositories repositories, string? mayBeMissing, AgeIdentities identities, ManifestCache? cache, Action<string> warn)
    {
        _repositories = repositories;
        _mayBeMissing = mayBeMissing;
        _catalog = new Catalog(repositories.Storages, warn, identities, cache);
    }

    /// <summary>What could not be asked the last time.</summary>
    public IReadOnlyList<RepositoryFailure> Failures => RepositoryFailure.WithoutMissing(
        [.. _repositories.Failures, .. _failures], _mayBeMissing, _repositories.Storages.Count + _repositories.Failures.Count);

    /// <summary>How many could be asked the last time.</summary>
    public int Asked => _repositories.Storages.Count - _failures.Count;

    /// <summary>Names the repositories that could be asked, and says that they have …</summary>
    public string Describe()
    {
        string[] asked = [.. _repositories.Storages.Select(s => s.Properties.Location).Where(l => !_failures.Exists(f => f.Location == l))];
        return asked.Length == 1 ? $"The repository at {asked[0]} has" : $"The repositories {string.Join(" and ", asked)} have";
    }

    /// <summary>All backups, oldest first.</summary>
    public IAsyncEnumerable<CatalogBackup> ListAsync(CancellationToken cancellationToken)
    {
        _failures.Clear();
        return _catalog.ListAsync(Note, cancellationToken);
    }

    /// <summary>The backups with this id.</summary>
    public Task<IReadOnlyList<CatalogBackup>> FindByIdAsync(string id, CancellationToken cancellationToken)
    {
        _failures.Clear();
        return _catalog.FindByIdAsync(id, Note, cancellationToken);
    }

    /// <summary>The newest backup of a database, or null.</summary>
    public Task<CatalogBackup?> FindNewestAsync(string database, CancellationToken cancellationToken)
    {
        _failures.Clear();
        return _catalog.FindNewestAsync(database, Note, cancellationToken);
    }

    private void Note(IStorage storage, BackupException failure) => _failures.Add(new RepositoryFailure(storage.Properties.Location, failure));
}
