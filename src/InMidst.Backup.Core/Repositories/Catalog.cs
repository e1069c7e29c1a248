using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The backups of several repositories. What has the same id and the same content in several is one backup. What lies in a repository that
/// begins below another one is listed by both, and is one copy.
/// </summary>
public sealed class Catalog
{
    private readonly IReadOnlyList<IStorage> _storages;
    private readonly Action<string> _warn;
    private readonly AgeIdentities? _identities;
    private readonly ManifestCache? _cache;

    /// <summary>Makes the view.</summary>
    /// <param name="storages">The repositories; of equally near ones an earlier one comes before a later.</param>
    /// <param name="warn">Told of what is there but cannot be listed, in words for the user; never by two threads at once.</param>
    /// <param name="identities">What opens encrypted backups; not owned.</param>
    /// <param name="cache">Spares reading manifests again that a listing shows to be unchanged.</param>
    public Catalog(IReadOnlyList<IStorage> storages, Action<string> warn, AgeIdentities? identities = null, ManifestCache? cache = null)
    {
        _storages = storages;
        _warn = warn;
        _identities = identities;
        _cache = cache;
    }

    /// <summary>All backups, oldest first.</summary>
    /// <param name="failed">Told of each repository that cannot be listed or does not exist; the others are.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async IAsyncEnumerable<CatalogBackup> ListAsync(
        Action<IStorage, BackupException> failed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<BackupRecord> records = await AskAsync(
            (repository, token) => repository.ListAsync(token).ToListAsync(token), failed, cancellationToken).ConfigureAwait(false);
        foreach (CatalogBackup backup in Merge(records))
            yield return backup;
    }

    /// <summary>The backup with this id; more than one where repositories have different backups of that name.</summary>
    /// <param name="id">The id.</param>
    /// <param name="failed">Told of each repository that cannot be asked.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<CatalogBackup>> FindByIdAsync(
        string id, Action<IStorage, BackupException> failed, CancellationToken cancellationToken)
    {
        IReadOnlyList<BackupRecord> records = await AskAsync(
            async (repository, token) => List(await repository.FindByIdAsync(id, token).ConfigureAwait(false)), failed, cancellationToken).ConfigureAwait(false);
        return [.. Merge(records)];
    }

    /// <summary>The newest backup of a database, one with a manifest before any without; null when no repository has any.</summary>
    /// <param name="database">The database's name.</param>
    /// <param name="failed">Told of each repository that cannot be asked.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<CatalogBackup?> FindNewestAsync(
        string database, Action<IStorage, BackupException> failed, CancellationToken cancellationToken)
    {
        IReadOnlyList<BackupRecord> records = await AskAsync(
            async (repository, token) => List(await repository.FindNewestAsync(database, token).ConfigureAwait(false)), failed, cancellationToken).ConfigureAwait(false);
        return Merge(records).OrderBy(b => b.Nearest.Manifest is not null).LastOrDefault();
    }

    private static List<BackupRecord> List(BackupRecord? record) => record is null ? [] : [record];

    private IEnumerable<CatalogBackup> Merge(IReadOnlyList<BackupRecord> records)
    {
        var places = new Dictionary<IStorage, int>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < _storages.Count; i++)
            places.TryAdd(_storages[i], i);
        return records
            .GroupBy(BackupIdentity.Of)
            .Select(copies => new CatalogBackup([.. copies.OrderBy(r => r.Storage.Properties.IsRemote).ThenBy(r => places[r.Storage])]))
            .OrderBy(b => b.Nearest.Started).ThenBy(b => b.Id, StringComparer.Ordinal);
    }

    /// <summary>Asks all at once; what they say is told in their order, by one thread.</summary>
    private async Task<IReadOnlyList<BackupRecord>> AskAsync(
        Func<BackupRepository, CancellationToken, ValueTask<List<BackupRecord>>> ask, Action<IStorage, BackupException> failed, CancellationToken cancellationToken)
    {
        IStorage[] storages = [.. _storages.Distinct(ReferenceEqualityComparer.Instance).Cast<IStorage>()];
        Answer[] answers = await Task.WhenAll(storages.Select(storage => AskAsync(storage, ask, cancellationToken))).ConfigureAwait(false);
        foreach (Answer answer in answers)
        {
            foreach (string warning in answer.Warnings)
                _warn(warning);
            if (answer.Failure is not null)
                failed(answer.Storage, answer.Failure);
        }

        return [.. answers.SelectMany(answer => answer.Records.Where(record => !answers.Any(other => other.IsNearer(record))))];
    }

    private async Task<Answer> AskAsync(
        IStorage storage, Func<BackupRepository, CancellationToken, ValueTask<List<BackupRecord>>> ask, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        var repository = new BackupRepository(storage, warnings.Add, _identities, _cache);
        try
        {
            return new Answer(storage, await ask(repository, cancellationToken).ConfigureAwait(false), warnings, Failure: null);
        }
        catch (BackupException e)
        {
            return new Answer(storage, [], warnings, e);
        }
    }

    private sealed record Answer(IStorage Storage, IReadOnlyList<BackupRecord> Records, IReadOnlyList<string> Warnings, BackupException? Failure)
    {
        /// <summary>Whether a copy that another repository told lies in this one, which begins below that one and told it too.</summary>
        public bool IsNearer(BackupRecord copy) =>
            Failure is null && Storage != copy.Storage && IsIn(Storage.Properties.Location, copy.Storage.Properties) && IsIn(copy.Storage.Properties.PathOf(copy.Data.Name), Storage.Properties);

        private static bool IsIn(string place, StorageProperties repository) =>
            place.StartsWith(repository.Location + (repository.IsRemote ? '/' : Path.DirectorySeparatorChar), StringComparison.Ordinal);
    }
}
