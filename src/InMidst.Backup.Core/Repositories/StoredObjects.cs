using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>The objects that belong to one dump, by their names, in the order in which they are removed.</summary>
internal static class StoredObjects
{
    /// <summary>Ending of the name of the object with what people noted about a backup.</summary>
    public const string AnnotationsSuffix = ".annotations.json";

    /// <summary>
    /// What is there of a dump. The manifest comes first, so that it stops being a backup before anything is missing; of the data the
    /// end comes first, without which a dump is known to be incomplete; the removal record says to the end that the rest is to go.
    /// </summary>
    /// <param name="storage">Where it lies.</param>
    /// <param name="dataName">The dump's object name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<IReadOnlyList<StorageEntry>> FindAsync(IStorage storage, string dataName, CancellationToken cancellationToken)
    {
        var found = new List<StorageEntry>();
        await foreach (StorageEntry entry in storage.ListAsync(dataName, cancellationToken).ConfigureAwait(false))
        {
            if (OrderOf(entry.Name, dataName) is not null)
                found.Add(entry);
        }

        if (await storage.FindAsync(BackupName.Globals(dataName), cancellationToken).ConfigureAwait(false) is { } globals)
            found.Add(globals);
        return [.. found.OrderBy(entry => OrderOf(entry.Name, dataName)).ThenByDescending(entry => entry.Name.Length).ThenByDescending(entry => entry.Name, StringComparer.Ordinal)];
    }

    /// <summary>Whether the object is the dump or one of its further parts.</summary>
    public static bool IsData(string name, string dataName) => name == dataName || BackupName.IsPartOf(name, dataName);

    private static int? OrderOf(string name, string dataName)
    {
        string[] sidecars = [dataName + BackupName.ManifestSuffix, dataName + BackupName.ProofSuffix, dataName + AnnotationsSuffix, BackupName.Globals(dataName)];
        int place = Array.IndexOf(sidecars, name);
        return place >= 0 ? place : IsData(name, dataName) ? sidecars.Length : name == dataName + BackupName.RemovalSuffix ? sidecars.Length + 1 : null;
    }
}
