using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The keys of the locks that whoever writes or removes a backup holds: first that of its series, then that of its name. What has no
/// series (dumps of other tools) has its name's only.
/// </summary>
public static class LockKeys
{
    private const string NamePrefix = "name-";

    /// <summary>The key of a series' lock.</summary>
    /// <param name="series">Which database of which cluster.</param>
    public static string Series(SeriesRecord series) => $"{BackupName.Encode(series.Database)}-{series.SystemIdentifier ?? "0"}";

    /// <summary>The key of the lock of one backup's name.</summary>
    /// <param name="id">A backup's id; dumps of other tools may be named with letters that keys do not have, which are escaped.</param>
    public static string Name(string id) => NamePrefix + (id.All(IsKeyLetter) ? id : BackupName.Encode(id));

    private static bool IsKeyLetter(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or (>= 'A' and <= 'F') or '_' or '-' or '.' or '%';
}
