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
    private const int MaximumSidecarLength = 16 * 1024 * 1024;

    private readonly IStorage _storage;
    private readonly Action<string> _warn;
    private readonly AgeIdentities _identities;

    /// <summary>Makes the view.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="warn">Told of what is there but cannot be listed, in words for the user.</param>
    /// <param name="identities">What opens encrypted backups; not owned.</param>
    public BackupRepository(IStorage storage, Action<string> warn, AgeIdentities? identities = null)
    {
        _storage = storage;
        _warn = warn;
        _identities = identities ?? AgeIdentities.None;
    }

    /// <summary>All backups, oldest first. <see cref="ErrorIds.RepositoryNotFound"/> when the repository does not exist.</summary>
    public async IAsyncEnumerable<BackupRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!await _storage.ExistsAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new StorageException(ErrorIds.RepositoryNotFound,
                $"There is no repository at {_storage.Properties.Location}.", isPermanent: true, target: _storage.Properties.Location);
        }

        var entries = new Dictionary<string, StorageEntry>(StringComparer.Ordinal);
        await foreach (StorageEntry entry in _storage.ListAsync("", cancellationToken).ConfigureAwait(false))
            entries.Add(entry.Name, entry);
        var records = new List<BackupRecord>();
        foreach (StorageEntry entry in entries.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!BackupName.IsDump(entry.Name) || entry.Name.StartsWith('.'))
                continue;
            BackupRecord? record = entries.ContainsKey(entry.Name + BackupName.ManifestSuffix)
                ? await ReadManifestedAsync(entry, entries, cancellationToken).ConfigureAwait(false)
                : await ReadForeignAsync(entry, cancellationToken).ConfigureAwait(false);
            if (record is not null)
                records.Add(record);
        }

        await WarnOfLostDataAsync(entries, cancellationToken).ConfigureAwait(false);
        foreach (BackupRecord record in records.OrderBy(r => r.Started).ThenBy(r => r.Id, StringComparer.Ordinal))
            yield return record;
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
        if (await _storage.FindAsync(name + BackupName.ManifestSuffix, cancellationToken).ConfigureAwait(false) is not null)
        {
            try
            {
                BackupManifest manifest = await ReadManifestAsync(name, cancellationToken).ConfigureAwait(false);
                VerificationProof? proof = await ReadProofAsync(name, manifest, cancellationToken).ConfigureAwait(false);
                return Record(entry, manifest, proof);
            }
            catch (BackupException e) when (e.Id == ErrorIds.ManifestCorrupt)
            {
                _warn($"{name} is read without its manifest: {e.Message}");
                return await OpenAloneAsync(entry, cancellationToken).ConfigureAwait(false) with { ManifestProblem = e.Message };
            }
        }

        return await OpenAloneAsync(entry, cancellationToken).ConfigureAwait(false);
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
                ? Foreign(entry)
                : Record(entry, (await file.ReadIndexAsync(cancellationToken).ConfigureAwait(false)).Backup, null);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt || IsLocked(e))
        {
            return Foreign(entry);
        }
    }

    private async Task<BackupRecord?> ReadManifestedAsync(
        StorageEntry entry, Dictionary<string, StorageEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            BackupManifest manifest = await ReadManifestAsync(entry.Name, cancellationToken).ConfigureAwait(false);
            ObjectRecord? data = DataOf(manifest);
            if (data is null || data.Length != entry.Length)
            {
                _warn($"{entry.Name} is not the file its manifest describes ({entry.Length:N0} bytes instead of {data?.Length ?? 0:N0}) and is not listed.");
                return null;
            }

            if (!await BelongsAsync(entry, data, manifest, cancellationToken).ConfigureAwait(false))
            {
                _warn($"The manifest beside {entry.Name} is that of {manifest.Id}; {entry.Name} is not listed. Restore-MidstDatabase -Path reads it when that manifest is moved away.");
                return null;
            }

            VerificationProof? proof = entries.ContainsKey(entry.Name + BackupName.ProofSuffix)
                ? await ReadProofAsync(entry.Name, manifest, cancellationToken).ConfigureAwait(false)
                : null;
            return Record(entry, manifest, proof);
        }
        catch (BackupException e) when (e.Id == ErrorIds.ManifestCorrupt || e.Id == ErrorIds.FormatTooNew || e.Id == ErrorIds.ObjectNotFound)
        {
            _warn($"{entry.Name} is not listed: {e.Message}");
            return null;
        }
    }

    /// <summary>A manifest names its file. Under another name it was moved with it, which the place of the index shows, or it is another's.</summary>
    private async Task<bool> BelongsAsync(StorageEntry entry, ObjectRecord data, BackupManifest manifest, CancellationToken cancellationToken)
    {
        if (LastSegment(data.Name) == LastSegment(entry.Name))
            return true;
        try
        {
            DumpFile file = await DumpFile.OpenAsync(_storage, entry.Name, _identities, cancellationToken).ConfigureAwait(false);
            return file.Index is not null && file.Index == manifest.Index;
        }
        catch (BackupException e) when (IsLocked(e))
        {
            // Only its length tells, until somebody opens it.
            return true;
        }
    }

    private static string LastSegment(string name) => name[(name.LastIndexOf('/') + 1)..];

    private async Task<BackupRecord?> ReadForeignAsync(StorageEntry entry, CancellationToken cancellationToken)
    {
        DumpFile file;
        try
        {
            file = await DumpFile.OpenAsync(_storage, entry.Name, _identities, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Id == ErrorIds.ObjectNotFound)
        {
            // Somebody removed it since it was listed.
            return null;
        }
        catch (StorageException e) when (e.IsPermanent)
        {
            // Somebody's file that we may not read must not hide everybody's backups.
            _warn($"{entry.Name} is not listed: {e.Message}");
            return null;
        }
        catch (BackupException e) when (IsLocked(e))
        {
            // It may be what a dead run of ours left behind.
            _warn($"{entry.Name} has no manifest and is not listed: {e.Message} With the key it is, if it was written by other tools.");
            return null;
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            return Foreign(entry);
        }

        if (!file.IsOurs)
            return Foreign(entry);
        if (file.Index is not null)
            _warn($"{entry.Name} has no manifest and is not listed; it is complete, and Restore-MidstDatabase -Path reads it.");
        return null;
    }

    private async Task<BackupManifest> ReadManifestAsync(string name, CancellationToken cancellationToken)
    {
        string manifestName = name + BackupName.ManifestSuffix;
        byte[] json;
        try
        {
            json = await ReadAllAsync(manifestName, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            throw new BackupException(ErrorIds.ManifestCorrupt, e.Message, e, target: manifestName);
        }

        return FormatJson.ReadManifest(json, manifestName);
    }

    private async Task<VerificationProof?> ReadProofAsync(string name, BackupManifest manifest, CancellationToken cancellationToken)
    {
        string proofName = name + BackupName.ProofSuffix;
        if (await _storage.FindAsync(proofName, cancellationToken).ConfigureAwait(false) is null)
            return null;
        try
        {
            VerificationProof? proof = FormatJson.ReadProof(await ReadAllAsync(proofName, cancellationToken).ConfigureAwait(false));
            return proof?.DataSha256 == manifest.DataSha256 ? proof : null;
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt || e.Id == ErrorIds.ObjectNotFound)
        {
            // A proof is information, never needed.
            return null;
        }
    }

    private async Task WarnOfLostDataAsync(Dictionary<string, StorageEntry> entries, CancellationToken cancellationToken)
    {
        foreach (string name in entries.Keys.Where(n => n.EndsWith(BackupName.ManifestSuffix, StringComparison.Ordinal)))
        {
            string data = name[..^BackupName.ManifestSuffix.Length];
            if (entries.ContainsKey(data) || !BackupName.IsDump(data) || !StorageName.IsValid(data))
                continue;

            // A backup that was completed while the listing ran may be in it by half.
            if (await _storage.FindAsync(data, cancellationToken).ConfigureAwait(false) is null)
                _warn($"{data} is missing though its manifest is there; it is not listed.");
        }
    }

    private static ObjectRecord? DataOf(BackupManifest manifest) => manifest.DataObjects is [var first, ..] ? first : null;

    /// <summary>Whether an encrypted backup cannot be opened with what was given, which is no fault of the backup.</summary>
    private static bool IsLocked(BackupException e) =>
        e.Id == ErrorIds.EncryptionKeyMissing || e.Id == ErrorIds.EncryptionKeyWrong || e.Id == ErrorIds.EncryptionNotSupported;

    private BackupRecord Record(StorageEntry entry, BackupManifest manifest, VerificationProof? proof) => new()
    {
        Id = manifest.Id,
        Storage = _storage,
        Identities = _identities,
        Data = entry,
        Manifest = manifest,
        Proof = proof,
        Database = manifest.Series.Database,
        Started = manifest.Started,
    };

    private BackupRecord Foreign(StorageEntry entry)
    {
        string id = BackupName.IdOf(entry.Name);
        bool usual = BackupName.TryParseId(id, out string database, out DateTimeOffset started);
        return new BackupRecord
        {
            Id = id,
            Storage = _storage,
            Identities = _identities,
            Data = entry,
            Database = usual ? database : null,
            Started = usual ? started : entry.LastModified,
        };
    }

    private Task<byte[]> ReadAllAsync(string name, CancellationToken cancellationToken) =>
        _storage.ReadAllBytesAsync(name, MaximumSidecarLength, cancellationToken);
}
