using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Repairing;

/// <summary>
/// Tells what is wrong with one dump of a listing. A dump with its end is never said to be removable, unless somebody began to remove
/// it, nor anything that another tool may have written, nor what cannot be looked into.
/// </summary>
internal sealed class DumpDiagnosis(IStorage storage, AgeIdentities identities, DateTimeOffset writtenBefore)
{
    private readonly SidecarReader _sidecars = new(storage, cache: null);

    /// <summary>Looks at a dump.</summary>
    /// <param name="listing">The listing it is of.</param>
    /// <param name="entry">Its first object.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What is wrong; null for a backup, for what other tools wrote, and for what is too young to tell.</returns>
    public async Task<RepairFinding?> FindAsync(RepositoryListing listing, StorageEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            if (listing.IsRemoved(entry.Name))
                return DescribeRemoved(listing, entry);
            if (listing.ManifestOf(entry.Name) is not { } manifestEntry)
                return await FindAsync(listing, entry, manifest: null, problem: null, cancellationToken).ConfigureAwait(false);
            BackupManifest manifest;
            try
            {
                manifest = await _sidecars.ReadManifestAsync(entry.Name, listed: null, cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e) when (e.Id == ErrorIds.ManifestCorrupt)
            {
                return await FindAsync(listing, entry, manifest: null, $"{manifestEntry.Name} cannot be read", cancellationToken).ConfigureAwait(false);
            }

            var reader = new RecordReader(storage, identities, _sidecars, static _ => { });
            string? difference = await reader.FindDifferenceAsync(listing, entry, manifest, cancellationToken).ConfigureAwait(false);
            return difference is null
                ? FindRemoval(listing, entry)
                : await FindAsync(listing, entry, manifest, difference, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.ObjectNotFound || e.Id == ErrorIds.FormatTooNew)
        {
            // It is being removed, or is for a newer version to judge.
            return null;
        }
    }

    private async Task<RepairFinding?> FindAsync(
        RepositoryListing listing, StorageEntry entry, BackupManifest? manifest, string? problem, CancellationToken cancellationToken)
    {
        RepairFinding finding = Describe(listing, entry);
        DumpFile file;
        try
        {
            file = await DumpFile.OpenAsync(storage, entry.Name, identities, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (AgeIdentities.AreLacking(e))
        {
            return finding with
            {
                Kind = problem is null ? RepairKind.EncryptedWithoutManifest : RepairKind.DamagedBackup,
                Description = $"{problem ?? $"{entry.Name} has no manifest"}. It is encrypted and cannot be looked into: {e.Message}",
            };
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            return finding with { Kind = RepairKind.DamagedBackup, Description = problem is null ? e.Message : $"{problem} {e.Message}" };
        }

        if (!file.IsOurs)
            return problem is null ? null : finding with { Kind = RepairKind.DamagedBackup, Description = problem };
        if (file.Format > BackupManifest.CurrentFormat)
            return null;
        return file.Index is null
            ? await FindIncompleteAsync(finding, file, problem, cancellationToken).ConfigureAwait(false)
            : await FindCompleteAsync(finding, file, manifest, problem, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<RepairFinding> FindCompleteAsync(
        RepairFinding finding, DumpFile file, BackupManifest? manifest, string? problem, CancellationToken cancellationToken)
    {
        // A manifest with the very same index is this dump's: what differs from it then is damage.
        if (manifest?.Index is { } index && index == file.Index)
            return finding with { Kind = RepairKind.DamagedBackup, Description = problem! };
        try
        {
            DumpIndex found = await file.ReadIndexAsync(cancellationToken).ConfigureAwait(false);

            // Which of the two is in the wrong place is not known then.
            if (manifest is not null && found.Backup.Id != BackupName.IdOf(finding.Name))
                return finding with { Kind = RepairKind.DamagedBackup, Description = $"{problem} The dump is that of {found.Backup.Id}." };
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            return finding with { Kind = RepairKind.DamagedBackup, Description = $"{problem ?? $"{finding.Name} has no manifest."} {e.Message}" };
        }

        return finding with
        {
            Kind = RepairKind.LostManifest,
            Action = RepairAction.RebuildManifest,
            Description = problem is null
                ? $"{finding.Name} is complete, but has no manifest."
                : $"{finding.Name} is complete, but its manifest is not its own or damaged: {problem}",
        };
    }

    private async Task<RepairFinding?> FindIncompleteAsync(
        RepairFinding finding, DumpFile file, string? problem, CancellationToken cancellationToken)
    {
        if (problem is not null)
            return finding with { Kind = RepairKind.DamagedBackup, Description = problem };
        if (finding.Since > writtenBefore)
            return null;

        // Somebody may have decompressed or compressed it anew: then it is a whole dump, as another tool's is.
        try
        {
            if (await file.IsWholeScriptAsync(cancellationToken).ConfigureAwait(false))
                return null;
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            return finding with { Kind = RepairKind.DamagedBackup, Description = e.Message };
        }

        return finding with
        {
            Kind = RepairKind.DataWithoutManifest,
            Action = RepairAction.Remove,
            Description = $"{finding.Name} is incomplete and has no manifest: a run that wrote it did not finish.",
        };
    }

    private static RepairFinding DescribeRemoved(RepositoryListing listing, StorageEntry entry) => Describe(listing, entry) with
    {
        Kind = RepairKind.DataWithoutManifest,
        Action = RepairAction.Remove,
        Description = $"{entry.Name} was removed at {listing[entry.Name + BackupName.RemovalSuffix]!.LastModified:u}, but not all of it.",
    };

    /// <summary>While the manifest stands nothing was removed. Should it get lost some day, the record would say that somebody did it.</summary>
    private static RepairFinding? FindRemoval(RepositoryListing listing, StorageEntry entry) =>
        listing[entry.Name + BackupName.RemovalSuffix] is not { } removal ? null : new RepairFinding
        {
            Kind = RepairKind.OrphanSidecar,
            Name = removal.Name,
            Length = removal.Length,
            Since = removal.LastModified,
            Action = RepairAction.Remove,
            IsAlone = true,
            Description = $"{removal.Name}: a run was about to remove {entry.Name}, and did not. The backup is whole, and stays.",
        };

    private static RepairFinding Describe(RepositoryListing listing, StorageEntry entry)
    {
        StorageEntry[] objects = [.. listing.Entries.Where(e => StoredObjects.IsData(e.Name, entry.Name))];
        return new RepairFinding
        {
            Kind = RepairKind.DamagedBackup,
            Name = entry.Name,
            Length = objects.Sum(o => o.Length),
            Since = objects.Max(o => o.LastModified),
            Description = "",
        };
    }
}
