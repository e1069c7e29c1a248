using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>What a storage holds below a prefix, as one walk saw it.</summary>
internal sealed class RepositoryListing
{
    private readonly Dictionary<string, StorageEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<StorageEntry> _inOrder = [];
    private readonly List<StorageEntry> _dumps = [];

    private RepositoryListing()
    {
    }

    /// <summary>All entries, by name.</summary>
    public IReadOnlyList<StorageEntry> Entries => _inOrder;

    /// <summary>What looks like a dump, by name.</summary>
    public IReadOnlyList<StorageEntry> Dumps => _dumps;

    /// <summary>The entry, or null.</summary>
    public StorageEntry? this[string name] => _entries.GetValueOrDefault(name);

    /// <summary>Walks the storage.</summary>
    public static async Task<RepositoryListing> ReadAsync(IStorage storage, string prefix, CancellationToken cancellationToken)
    {
        var listing = new RepositoryListing();
        await foreach (StorageEntry entry in storage.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            listing._entries.Add(entry.Name, entry);
            listing._inOrder.Add(entry);
            if (IsDump(entry.Name))
                listing._dumps.Add(entry);
        }

        return listing;
    }

    /// <summary>Whether an object of this name is taken for a dump: by its ending, and not hidden.</summary>
    public static bool IsDump(string name) => !name.StartsWith('.') && BackupName.IsDump(name);

    /// <summary>Whether a run was removing a dump that has no manifest any more.</summary>
    public bool IsRemoved(string dataName) => ManifestOf(dataName) is null && this[dataName + BackupName.RemovalSuffix] is not null;

    /// <summary>The entry of a dump's manifest, or null.</summary>
    public StorageEntry? ManifestOf(string dataName) => this[dataName + BackupName.ManifestSuffix];
}
