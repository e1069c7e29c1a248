using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>Reads the small objects beside a dump, from a cache where a listing shows that it has the very same.</summary>
internal sealed class SidecarReader(IStorage storage, ManifestCache? cache)
{
    private const int MaximumLength = 16 * 1024 * 1024;

    /// <summary>
    /// The manifest of a dump. <see cref="ErrorIds.ManifestCorrupt"/> or <see cref="ErrorIds.FormatTooNew"/> when it cannot be used,
    /// <see cref="ErrorIds.ObjectNotFound"/> when there is none.
    /// </summary>
    /// <param name="dataName">The dump's object name.</param>
    /// <param name="listed">The manifest's entry in a listing that was just made, or null to read the storage in any case.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BackupManifest> ReadManifestAsync(string dataName, StorageEntry? listed, CancellationToken cancellationToken)
    {
        string name = dataName + BackupName.ManifestSuffix;
        if (await FindCachedAsync(listed, cancellationToken).ConfigureAwait(false) is { } cached)
        {
            try
            {
                return FormatJson.ReadManifest(cached, name);
            }
            catch (BackupException)
            {
                // Whatever it is, the storage decides.
            }
        }

        byte[] json;
        try
        {
            json = await storage.ReadAllBytesAsync(name, MaximumLength, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            throw new BackupException(ErrorIds.ManifestCorrupt, e.Message, e, target: name);
        }

        BackupManifest manifest = FormatJson.ReadManifest(json, name);
        await KeepAsync(listed, json, cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    /// <summary>The manifest that a removal record holds, of a backup that is no more; null where there is none.</summary>
    /// <param name="dataName">The dump's object name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BackupManifest?> ReadRemovalAsync(string dataName, CancellationToken cancellationToken)
    {
        string name = dataName + BackupName.RemovalSuffix;
        try
        {
            return FormatJson.ReadManifest(await storage.ReadAllBytesAsync(name, MaximumLength, cancellationToken).ConfigureAwait(false), name);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt || e.Id == ErrorIds.ObjectNotFound || e.Id == ErrorIds.RepositoryAccessDenied
            || e.Id == ErrorIds.ManifestCorrupt || e.Id == ErrorIds.FormatTooNew)
        {
            // Who may only read one object is refused what is not there.
            return null;
        }
    }

    /// <summary>The proof of just the data that the manifest describes, or null. A proof is information, never needed.</summary>
    /// <param name="dataName">The dump's object name.</param>
    /// <param name="manifest">The dump's manifest.</param>
    /// <param name="listed">The proof's entry in a listing that was just made, or null to read the storage in any case.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<VerificationProof?> ReadProofAsync(
        string dataName, BackupManifest manifest, StorageEntry? listed, CancellationToken cancellationToken)
    {
        try
        {
            VerificationProof? proof = await FindCachedAsync(listed, cancellationToken).ConfigureAwait(false) is { } cached ? FormatJson.ReadProof(cached) : null;
            if (proof is null)
            {
                byte[] json = await storage.ReadAllBytesAsync(dataName + BackupName.ProofSuffix, MaximumLength, cancellationToken).ConfigureAwait(false);
                proof = FormatJson.ReadProof(json);
                if (proof is not null)
                    await KeepAsync(listed, json, cancellationToken).ConfigureAwait(false);
            }

            return proof?.DataSha256 == manifest.DataSha256 ? proof : null;
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt || e.Id == ErrorIds.ObjectNotFound || e.Id == ErrorIds.RepositoryAccessDenied)
        {
            return null;
        }
    }

    private async Task<byte[]?> FindCachedAsync(StorageEntry? listed, CancellationToken cancellationToken) =>
        cache is null || listed is null ? null : await cache.FindAsync(storage.Properties.Location, listed, cancellationToken).ConfigureAwait(false);

    private async Task KeepAsync(StorageEntry? listed, byte[] content, CancellationToken cancellationToken)
    {
        // Replaced since it was listed, it is not what the listing's version means.
        if (cache is not null && listed is not null && listed.Length == content.Length)
            await cache.KeepAsync(storage.Properties.Location, listed, content, cancellationToken).ConfigureAwait(false);
    }
}
