using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>Makes of a listing's dumps the backups they are, many at once; what is none is told in order of name.</summary>
internal sealed class RecordReader(IStorage storage, AgeIdentities identities, SidecarReader sidecars, Action<string> warn)
{
    // A far storage answers slowly and many at once; a disk fast, and one after another.
    private const int RemoteAtOnce = 32;
    private const int LocalAtOnce = 4;

    /// <summary>How many objects of a storage are read at once.</summary>
    public static int AtOnce(StorageProperties storage) => storage.IsRemote ? RemoteAtOnce : LocalAtOnce;

    /// <summary>Reads some of the listing's dumps.</summary>
    /// <param name="listing">The listing they are of.</param>
    /// <param name="dumps">Which.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The backups among them, oldest first.</returns>
    /// <exception cref="StorageException"><see cref="ErrorIds.RepositoryAccessDenied"/>: none of their manifests may be read.</exception>
    public async Task<IReadOnlyList<BackupRecord>> ReadAsync(
        RepositoryListing listing, IReadOnlyList<StorageEntry> dumps, CancellationToken cancellationToken)
    {
        var found = new Found[dumps.Count];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = AtOnce(storage.Properties),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, dumps.Count, options, async (i, token) =>
            found[i] = listing.ManifestOf(dumps[i].Name) is { } manifest
                ? await ReadManifestedAsync(listing, dumps[i], manifest, token).ConfigureAwait(false)
                : await ReadForeignAsync(listing, dumps[i], token).ConfigureAwait(false)).ConfigureAwait(false);

        // Another account's backup hides nobody's; but who may read nothing must not think that there is nothing.
        ReadingRefusal.ThrowIfAll([.. dumps.Zip(found).Where(d => listing.ManifestOf(d.First.Name) is not null).Select(d => d.Second.Refusal)]);
        foreach (string warning in found.Select(f => f.Warning).OfType<string>())
            warn(warning);
        return [.. found.Select(f => f.Record).OfType<BackupRecord>().OrderBy(r => r.Started).ThenBy(r => r.Id, StringComparer.Ordinal)];
    }

    /// <summary>A dump with its manifest.</summary>
    public BackupRecord Make(StorageEntry entry, BackupManifest manifest, VerificationProof? proof) => new()
    {
        Id = manifest.Id,
        Storage = storage,
        Identities = identities,
        Data = entry,
        Manifest = manifest,
        Proof = proof,
        Database = manifest.Series.Database,
        Started = manifest.Started,
    };

    /// <summary>A dump of which only its name is known.</summary>
    public BackupRecord MakeForeign(StorageEntry entry)
    {
        string id = BackupName.IdOf(entry.Name);
        bool usual = BackupName.TryParseId(id, out string database, out DateTimeOffset started);
        return new BackupRecord
        {
            Id = id,
            Storage = storage,
            Identities = identities,
            Data = entry,
            Database = usual ? database : null,
            Started = usual ? started : entry.LastModified,
        };
    }

    private static string LastSegment(string name) => name[(name.LastIndexOf('/') + 1)..];

    private async Task<Found> ReadManifestedAsync(
        RepositoryListing listing, StorageEntry entry, StorageEntry manifestEntry, CancellationToken cancellationToken)
    {
        try
        {
            BackupManifest manifest = await sidecars.ReadManifestAsync(entry.Name, manifestEntry, cancellationToken).ConfigureAwait(false);
            if (await FindDifferenceAsync(listing, entry, manifest, cancellationToken).ConfigureAwait(false) is { } difference)
                return new Found(null, difference);
            VerificationProof? proof = listing[entry.Name + BackupName.ProofSuffix] is { } proofEntry
                ? await sidecars.ReadProofAsync(entry.Name, manifest, proofEntry, cancellationToken).ConfigureAwait(false)
                : null;
            return new Found(Make(entry, manifest, proof));
        }
        catch (BackupException e) when (e.Id == ErrorIds.ObjectNotFound)
        {
            // It is being removed: the manifest goes first.
            return default;
        }
        catch (BackupException e) when (e.Id == ErrorIds.ManifestCorrupt || e.Id == ErrorIds.FormatTooNew)
        {
            return new Found(null, $"{entry.Name} is not listed: {e.Message}");
        }
        catch (StorageException e) when (ReadingRefusal.Is(e))
        {
            return new Found(null, $"{entry.Name} is not listed: {e.Message}", e);
        }
    }

    /// <summary>Why the data are not what the manifest describes, as far as names and lengths tell; null when they are.</summary>
    public async Task<string?> FindDifferenceAsync(
        RepositoryListing listing, StorageEntry entry, BackupManifest manifest, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObjectRecord> parts = manifest.DataObjects;
        for (int i = 0; i < Math.Max(parts.Count, 1); i++)
        {
            string name = BackupName.Part(entry.Name, i);
            long expected = parts.Count > 0 ? parts[i].Length : 0;

            // A part may have been written after the listing went by its name.
            StorageEntry? part = listing[name] ?? await storage.FindAsync(name, cancellationToken).ConfigureAwait(false);
            if (part is null)
                return $"{name} is missing, a part of {entry.Name}, which is not listed.";
            if (parts.Count == 0 || part.Length != expected)
                return $"{name} is not the file its manifest describes ({part.Length:N0} bytes instead of {expected:N0}) and is not listed.";
        }

        return await BelongsAsync(entry, parts[0], manifest, cancellationToken).ConfigureAwait(false) switch
        {
            true => null,
            null => $"The manifest beside {entry.Name} is that of {manifest.Id}, and {entry.Name} is damaged; it is not listed.",
            false => $"The manifest beside {entry.Name} is that of {manifest.Id}; {entry.Name} is not listed. Restore-MidstDatabase -Path reads it when that manifest is moved away.",
        };
    }

    /// <summary>
    /// A manifest names its file. Under another name it was moved with it, which the place of the index shows, or it is another's; null
    /// where the file is so damaged that nothing shows.
    /// </summary>
    private async Task<bool?> BelongsAsync(StorageEntry entry, ObjectRecord data, BackupManifest manifest, CancellationToken cancellationToken)
    {
        if (LastSegment(data.Name) == LastSegment(entry.Name))
            return true;
        try
        {
            DumpFile file = await DumpFile.OpenAsync(storage, entry.Name, identities, cancellationToken).ConfigureAwait(false);
            return file.Index is not null && file.Index == manifest.Index;
        }
        catch (BackupException e) when (AgeIdentities.AreLacking(e))
        {
            // Only its length tells, until somebody opens it.
            return true;
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            return null;
        }
    }

    private async Task<Found> ReadForeignAsync(RepositoryListing listing, StorageEntry entry, CancellationToken cancellationToken)
    {
        if (listing.IsRemoved(entry.Name))
            return new Found(null, $"{entry.Name} was removed, but is still there. Repair-MidstRepository removes what is left.");
        DumpFile file;
        try
        {
            file = await DumpFile.OpenAsync(storage, entry.Name, identities, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.ObjectNotFound)
        {
            // Somebody removed it since it was listed.
            return default;
        }
        catch (BackupException e) when (AgeIdentities.AreLacking(e))
        {
            // It may be what a dead run of ours left behind.
            return new Found(null, $"{entry.Name} has no manifest and is not listed: {e.Message} With the key it is, if it was written by other tools.");
        }
        catch (BackupException e) when (e is not StorageException { IsPermanent: false })
        {
            // Somebody's file that we may not or cannot read must not hide everybody's backups.
            return new Found(null, $"{entry.Name} is not listed: {e.Message}");
        }

        if (!file.IsOurs)
            return new Found(MakeForeign(entry));
        return new Found(null, file.Index is null
            ? null
            : $"{entry.Name} has no manifest and is not listed; it is complete, and Restore-MidstDatabase -Path reads it. Repair-MidstRepository makes its manifest anew.");
    }

    /// <summary>What came of one dump.</summary>
    /// <param name="Record">The backup, if it is one.</param>
    /// <param name="Warning">Why it is none.</param>
    /// <param name="Refusal">That its manifest may not be read.</param>
    private readonly record struct Found(BackupRecord? Record, string? Warning = null, StorageException? Refusal = null);
}
