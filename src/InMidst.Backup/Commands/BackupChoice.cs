using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Chooses among backups.</summary>
internal static class BackupChoice
{
    /// <summary>The newest of each database, by recorded time; one with a manifest comes before any without.</summary>
    public static IEnumerable<CatalogBackup> Newest(IEnumerable<CatalogBackup> backups) =>
        backups.Where(b => b.Nearest.Database is not null)
            .GroupBy(b => b.Nearest.Database, StringComparer.Ordinal)
            .Select(g => g.OrderBy(b => b.Nearest.Manifest is not null).ThenBy(b => b.Nearest.Started).Last());
}
