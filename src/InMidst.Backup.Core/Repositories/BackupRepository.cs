using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The backups of one storage. Listed is what has a manifest and its whole data, and the plain dumps other tools left there; never
/// what a dead run left behind.
/// </summary>
public sealed class BackupRepository
{
    private readonly IStorage _storage;
    private readonly Action<string> _warn;
    private readonly AgeIdentities _identities;
    private readonly ManifestCache? _cache;
    private readonly SidecarReader _sidecars;

    /// <summary>Makes the view.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="warn">Told of what is there but cannot be listed, in words for the user.</param>
    /// <param name="identities">What opens encrypted backups; not owned.</param>
    /// <param name="cache">Spares reading manifests again that a listing shows to be unchanged.</param>
    public BackupRepository(IStorage storage, Action<string> warn, AgeIdentities? identities = null, ManifestCache? cache = null)
    {
        _storage = storage;
        _warn = warn;
        _identities = identities ?? AgeIdentities.None;
        _cache = cache;
        _sidecars = new SidecarReader(storage, cache);
    }

    private RecordReader Records => new(_storage, _identities, _sidecars, _warn);

    /// <summary>All backups, oldest first. <see cref="ErrorIds.RepositoryNotFound"/> when the repository does not exist.</summary>
    public async IAsyncEnumerable<BackupRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RepositoryListing listing = await RepositoryListing.ReadAsync(_storage, "", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<BackupRecord> records = await Records.ReadAsync(listing, listing.Dumps, cancellationToken).ConfigureAwait(false);
        await WarnOfLostDataAsync(listing, cancellationToken).ConfigureAwait(false);
        _cache?.Prune();
        foreach (BackupRecord record in records)
            yield return record;
    }

    /// <summary>
    /// The backup with this id, or null. Only its own objects are read where they lie under their usual name; else all backups are listed.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.RepositoryNotFound"/> when the repository does not exist.</exception>
    public async Task<BackupRecord?> FindByIdAsync(string id, CancellationToken cancellationToken)
    {
        if (StorageName.IsValid(id) && !id.Contains('/', StringComparison.Ordinal) && BackupName.TryParseId(id, out string database, out _))
        {
            foreach (string prefix in (string[])[BackupName.Encode(database) + "/", ""])
            {
                var reader = new RecordReader(_storage, _identities, _sidecars, static _ => { });
                RepositoryListing listing = await RepositoryListing.ReadAsync(_storage, prefix + id + ".", cancellationToken).ConfigureAwait(false);
                IReadOnlyList<BackupRecord> records = await reader.ReadAsync(listing, listing.Dumps, cancellationToken).ConfigureAwait(false);
                if (records.FirstOrDefault(r => r.Id == id) is { } record)
                    return record;
            }
        }

        return await ListAsync(cancellationToken).FirstOrDefaultAsync(r => r.Id == id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The newest backup of a database, one with a manifest before any without; null when there is none. Objects are taken for what
    /// their names say where these have the usual form, and read from the newest on until one is the backup.
    /// </summary>
    /// <param name="database">The database's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.RepositoryNotFound"/> when the repository does not exist.</exception>
    public async Task<BackupRecord?> FindNewestAsync(string database, CancellationToken cancellationToken)
    {
        RepositoryListing listing = await RepositoryListing.ReadAsync(_storage, "", cancellationToken).ConfigureAwait(false);
        return await new NewestBackup(listing, listing.Dumps, Records, database).FindAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest backup of a database among those that lie where its backups are written.</summary>
    /// <param name="database">The database's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal async Task<BackupRecord?> FindNewestInPlaceAsync(string database, CancellationToken cancellationToken)
    {
        string place = BackupName.Prefix(_storage.Properties, database);
        RepositoryListing listing = await RepositoryListing.ReadAsync(_storage, place, cancellationToken).ConfigureAwait(false);
        StorageEntry[] dumps = [.. listing.Dumps.Where(dump => dump.Name.LastIndexOf('/') < place.Length)];
        return await new NewestBackup(listing, dumps, Records, database).FindAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A file as a backup, whether or not it is listed: with its manifest if there is one that can be read, else by what it says of
    /// itself. Whether manifest and data belong together shows when it is opened by <see cref="BackupContents"/>.
    /// <see cref="ErrorIds.FormatTooNew"/> when a newer version wrote it.
    /// </summary>
    /// <param name="name">The dump's object name.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public async Task<BackupRecord> OpenAsync(string name, CancellationToken cancellationToken)
    {
        StorageEntry entry = await _storage.FindAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new StorageException(ErrorIds.ObjectNotFound, $"{_storage.Properties.Location} has no {name}.", isPermanent: true, target: name);
        StorageEntry? found = await _storage.FindBesideAsync(
            name + BackupName.ManifestSuffix,
            refusal => _warn($"{name} is read without a manifest: there is none, or no right to see it. {refusal.Message}"), cancellationToken).ConfigureAwait(false);
        if (found is not null)
        {
            try
            {
                BackupManifest manifest = await _sidecars.ReadManifestAsync(name, listed: null, cancellationToken).ConfigureAwait(false);
                VerificationProof? proof = await _sidecars.ReadProofAsync(name, manifest, listed: null, cancellationToken).ConfigureAwait(false);
                return Records.Make(entry, manifest, proof);
            }
            catch (BackupException e) when (e.Id == ErrorIds.ManifestCorrupt)
            {
                _warn($"{name} is read without its manifest: {e.Message}");
                return await OpenAloneAsync(entry, cancellationToken).ConfigureAwait(false) with { ManifestProblem = e.Message };
            }
        }

        return await _sidecars.ReadRemovalAsync(name, cancellationToken).ConfigureAwait(false) is { } removed
            ? Records.Make(entry, removed, null) with { ManifestProblem = $"{name} was removed; what is left of it may not be all." }
            : await OpenAloneAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the backup exist.</summary>
    public async Task WriteManifestAsync(string dataName, BackupManifest manifest, CancellationToken cancellationToken) =>
        await _storage.PutAsync(dataName + BackupName.ManifestSuffix, FormatJson.Write(manifest), PutMode.CreateNew, cancellationToken).ConfigureAwait(false);

    /// <summary>Records a test's outcome beside the backup.</summary>
    public async Task WriteProofAsync(string dataName, VerificationProof proof, CancellationToken cancellationToken) =>
        await _storage.PutAsync(dataName + BackupName.ProofSuffix, FormatJson.Write(proof), PutMode.Replace, cancellationToken).ConfigureAwait(false);

    /// <summary>By the index in the trailer. A damaged one is left for whoever reads the data: that is a finding, not a missing backup.</summary>
    private async Task<BackupRecord> OpenAloneAsync(StorageEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            DumpFile file = await DumpFile.OpenAsync(_storage, entry.Name, _identities, cancellationToken).ConfigureAwait(false);
            return file.Index is null
                ? Records.MakeForeign(entry)
                : Records.Make(entry, (await file.ReadIndexAsync(cancellationToken).ConfigureAwait(false)).Backup, null);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt || AgeIdentities.AreLacking(e))
        {
            return Records.MakeForeign(entry);
        }
    }

    private async Task WarnOfLostDataAsync(RepositoryListing listing, CancellationToken cancellationToken)
    {
        foreach (string name in listing.Entries.Select(e => e.Name).Where(n => n.EndsWith(BackupName.ManifestSuffix, StringComparison.Ordinal)))
        {
            string data = name[..^BackupName.ManifestSuffix.Length];
            if (listing[data] is not null || !BackupName.IsDump(data) || !StorageName.IsValid(data))
                continue;

            // A backup that was completed while the listing ran may be in it by half.
            if (await _storage.FindAsync(data, cancellationToken).ConfigureAwait(false) is null)
                _warn($"{data} is missing though its manifest is there; it is not listed.");
        }
    }
}
