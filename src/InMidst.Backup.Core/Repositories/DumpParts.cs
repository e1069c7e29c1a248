using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>The objects a dump consists of, as they lie there, whatever a manifest says.</summary>
internal static class DumpParts
{
    /// <summary>Names of all parts that exist, the last one first: who removes them in this order never leaves a later part alone.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="dumpName">Name of the dump; it is listed although it may not exist.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(IStorage storage, string dumpName, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (StorageEntry entry in storage.ListAsync(dumpName + ".", cancellationToken).ConfigureAwait(false))
        {
            if (BackupName.IsPartOf(entry.Name, dumpName))
                names.Add(entry.Name);
        }

        // Beyond .999 the order of names is not that of numbers.
        return [.. names.OrderByDescending(name => name.Length).ThenByDescending(name => name, StringComparer.Ordinal), dumpName];
    }
}
