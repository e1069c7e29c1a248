using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Finds the newest backup of a database without reading the manifests of all. Names of the usual form tell database and second of
/// each; any other name may be anything's and is read. Where a manifest contradicts its name all are read.
/// </summary>
internal sealed class NewestBackup(RepositoryListing listing, IReadOnlyList<StorageEntry> dumps, RecordReader reader, string database)
{
    private readonly List<StorageEntry> _unusual = [];
    private readonly List<(StorageEntry Entry, DateTimeOffset Time)> _usual = [];

    /// <summary>Finds it, or null.</summary>
    public async Task<BackupRecord?> FindAsync(CancellationToken cancellationToken)
    {
        foreach (StorageEntry dump in dumps)
        {
            if (!BackupName.TryParseId(BackupName.IdOf(dump.Name), out string named, out DateTimeOffset time))
                _unusual.Add(dump);
            else if (named == database)
                _usual.Add((dump, time));
        }

        BackupRecord? unusual = Newest(await reader.ReadAsync(listing, _unusual, cancellationToken).ConfigureAwait(false));
        foreach (bool manifested in (bool[])[true, false])
        {
            (BackupRecord? usual, bool contradicted) = await FindUsualAsync(manifested, cancellationToken).ConfigureAwait(false);
            if (contradicted)
                return Newest(await reader.ReadAsync(listing, dumps, cancellationToken).ConfigureAwait(false));
            BackupRecord?[] found = [usual, unusual is { } record && record.Manifest is not null == manifested ? record : null];
            if (Newest(found.OfType<BackupRecord>()) is { } newest)
                return newest;
        }

        return null;
    }

    private async Task<(BackupRecord? Record, bool Contradicted)> FindUsualAsync(bool manifested, CancellationToken cancellationToken)
    {
        IEnumerable<IGrouping<DateTimeOffset, StorageEntry>> seconds = _usual
            .Where(dump => listing.ManifestOf(dump.Entry.Name) is not null == manifested)
            .GroupBy(dump => dump.Time, dump => dump.Entry)
            .OrderByDescending(second => second.Key);
        foreach (IGrouping<DateTimeOffset, StorageEntry> second in seconds)
        {
            IReadOnlyList<BackupRecord> records = await reader.ReadAsync(listing, [.. second], cancellationToken).ConfigureAwait(false);
            if (records.Any(r => r.Started < second.Key || r.Started >= second.Key.AddSeconds(1)))
                return (null, true);
            if (Newest(records) is { } newest)
                return (newest, false);
        }

        return (null, false);
    }

    private BackupRecord? Newest(IEnumerable<BackupRecord> records) => records
        .Where(r => r.Database == database)
        .OrderBy(r => r.Manifest is not null).ThenBy(r => r.Started).ThenBy(r => r.Id, StringComparer.Ordinal)
        .LastOrDefault();
}
