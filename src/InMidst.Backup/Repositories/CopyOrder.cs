using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Repositories;

/// <summary>Puts copies of one backup together where it was not a catalogue that found them.</summary>
internal static class CopyOrder
{
    /// <summary>One backup: near copies before far ones, else in the given order, each place once.</summary>
    /// <param name="copies">At least one.</param>
    public static CatalogBackup Merge(IEnumerable<BackupRecord> copies) => new([.. copies
        .DistinctBy(copy => copy.Storage.Properties.PathOf(copy.Data.Name))
        .OrderBy(copy => copy.Storage.Properties.IsRemote)]);
}
