using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Repairing;

/// <summary>Finds manifests, and whatever else belongs to a dump, where there is no dump.</summary>
internal sealed class SidecarDiagnosis(IStorage storage, RepositoryListing listing, DateTimeOffset writtenBefore)
{
    private static readonly string[] Suffixes = [BackupName.ManifestSuffix, BackupName.ProofSuffix, StoredObjects.AnnotationsSuffix, BackupName.RemovalSuffix];

    private readonly ILookup<string?, StorageEntry> _byDump = listing.Entries.ToLookup(entry => DumpOf(entry.Name), StringComparer.Ordinal);

    /// <summary>The names of dumps that are not there though something of them is.</summary>
    public IEnumerable<string> MissingDumps => _byDump
        .Select(objects => objects.Key)
        .OfType<string>()
        .Where(dump => RepositoryListing.IsDump(dump) && StorageName.IsValid(dump) && listing[dump] is null);

    /// <summary>Looks at what is there of a dump that is not.</summary>
    /// <param name="dataName">The dump's object name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What is wrong; null for what may not be ours, and for what is too young to tell.</returns>
    public async Task<RepairFinding?> FindAsync(string dataName, CancellationToken cancellationToken)
    {
        StorageEntry[] objects = [.. _byDump[dataName]];

        // It may have been written since the listing went by its name.
        if (objects.Length == 0 || objects.Any(o => o.LastModified > writtenBefore)
            || await storage.FindAsync(dataName, cancellationToken).ConfigureAwait(false) is not null)
        {
            return null;
        }

        var finding = new RepairFinding
        {
            Kind = RepairKind.OrphanSidecar,
            Name = objects[0].Name,
            Length = objects.Sum(o => o.Length),
            Since = objects.Max(o => o.LastModified),
            Action = RepairAction.Remove,
            Description = $"{string.Join(", ", objects.Select(o => o.Name))}: {dataName}, to which it belongs, is gone.",
        };
        if (listing.ManifestOf(dataName) is { } manifest)
            return await FindManifestAsync(finding with { Name = manifest.Name }, dataName, objects, cancellationToken).ConfigureAwait(false);
        return !listing.IsRemoved(dataName) && MayBeAnothersFile(dataName) ? null : finding;
    }

    private static string? DumpOf(string name)
    {
        string? suffix = Array.Find(Suffixes, s => name.EndsWith(s, StringComparison.Ordinal));
        if (suffix is not null)
            return name[..^suffix.Length];
        string dump = BackupName.DumpOf(name);
        return dump == name ? null : dump;
    }

    private async Task<RepairFinding?> FindManifestAsync(
        RepairFinding finding, string dataName, StorageEntry[] objects, CancellationToken cancellationToken)
    {
        try
        {
            await new SidecarReader(storage, cache: null).ReadManifestAsync(dataName, listed: null, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.ManifestCorrupt || e.Id == ErrorIds.FormatTooNew || e.Id == ErrorIds.ObjectNotFound)
        {
            // Some program's file that is named like this; or a newer version's; or just removed.
            return null;
        }

        // Parts of the data may be all that is left of it.
        bool hasData = objects.Any(o => BackupName.IsPartOf(o.Name, dataName));
        return finding with
        {
            Kind = RepairKind.ManifestWithoutData,
            Action = hasData ? RepairAction.None : RepairAction.Remove,
            Description = hasData ? $"The beginning of {dataName} is gone; the rest of it and its manifest are there." : $"{dataName} is gone; its manifest is there.",
        };
    }

    /// <summary>pg_dumpall's output, and files that split(1) made, may be named like ours.</summary>
    private bool MayBeAnothersFile(string dataName)
    {
        string id = BackupName.IdOf(dataName);
        string start = dataName[..(dataName.LastIndexOf('/') + 1)] + id + ".";
        return !BackupName.TryParseId(id, out _, out _)
            || listing[dataName + ".000"] is not null
            || listing.Dumps.Any(dump => dump.Name.StartsWith(start, StringComparison.Ordinal));
    }
}
