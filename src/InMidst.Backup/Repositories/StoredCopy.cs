using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Repositories;

/// <summary>One of the places where a chosen backup lies; it may turn out to be gone or out of reach.</summary>
/// <param name="Location">Path or URI of the dump.</param>
/// <param name="OpenAsync">Reads what is known of it there.</param>
internal sealed record StoredCopy(string Location, Func<CancellationToken, Task<BackupRecord>> OpenAsync)
{
    /// <summary>A copy that a catalogue found.</summary>
    public static StoredCopy Of(BackupRecord record) => new(record.Storage.Properties.PathOf(record.Data.Name), _ => Task.FromResult(record));
}
