using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Chooses among backups.</summary>
internal static class BackupChoice
{
    /// <summary>The newest of each database, by recorded time; one with a manifest comes before any without.</summary>
    public static IEnumerable<BackupRecord> Newest(IEnumerable<BackupRecord> backups) =>
        backups.Where(b => b.Database is not null)
            .GroupBy(b => b.Database, StringComparer.Ordinal)
            .Select(g => g.OrderBy(b => b.Manifest is not null).ThenBy(b => b.Started).Last());
}
