using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories.Repairing;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Finds what dead runs left in a repository and what is not as it should be, and puts it right. Never removes a dump that is whole, nor
/// anything other tools may have written, nor what a living run is writing.
/// </summary>
public sealed class RepositoryRepair
{
    /// <summary>What is younger is not taken for a leftover: somebody may be copying it by other means.</summary>
    public static readonly TimeSpan DefaultMinimumAge = TimeSpan.FromDays(1);

    private readonly IStorage _storage;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly TimeSpan _minimumAge;
    private readonly AgeIdentities _identities;

    /// <summary>Makes the operation.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="clock">Tells the age of what is found.</param>
    /// <param name="warn">Told of trouble with locks, and of what may not be read.</param>
    /// <param name="minimumAge">What is younger is left out, but for locks and lost manifests; see <see cref="DefaultMinimumAge"/>.</param>
    /// <param name="identities">What opens encrypted backups; not owned.</param>
    public RepositoryRepair(IStorage storage, TimeProvider clock, Action<string> warn, TimeSpan minimumAge, AgeIdentities? identities = null)
    {
        _storage = storage;
        _clock = clock;
        _warn = warn;
        _minimumAge = minimumAge;
        _identities = identities ?? AgeIdentities.None;
    }

    private DateTimeOffset WrittenBefore => _clock.GetUtcNow() - _minimumAge;

    /// <summary>Looks, and changes nothing. <see cref="ErrorIds.RepositoryNotFound"/> when the repository does not exist.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async IAsyncEnumerable<RepairFinding> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A listing has the locks first: who releases one afterwards may have finished what it protects.
        RepositoryListing listing = await RepositoryListing.ReadAsync(_storage, "", cancellationToken).ConfigureAwait(false);
        LockSurvey locks = await LockSurvey.ReadAsync(_storage, listing.Entries, _clock.GetUtcNow(), ownKey: null, cancellationToken).ConfigureAwait(false);
        foreach ((StorageEntry entry, LockRecord? record) in locks.Dead)
            yield return Describe(entry, record);
        await foreach (UnfinishedUpload upload in _storage.ListUnfinishedUploadsAsync("", cancellationToken).ConfigureAwait(false))
        {
            if (upload.Since <= WrittenBefore && !locks.IsInWork(BackupNameOf(upload.Name)))
                yield return Describe(upload);
        }

        foreach (RepairFinding finding in await FindDumpsAsync(listing, locks, cancellationToken).ConfigureAwait(false))
            yield return finding;
    }

    /// <summary>Does what a finding says can be done, if it is still so.</summary>
    /// <param name="finding">One that <see cref="FindAsync"/> gave.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when it was no longer so, and nothing was done.</returns>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.BackupInProgress"/>: a run is writing it. <see cref="ErrorIds.BackupCorrupt"/>: the dump whose manifest is
    /// lost turned out to be damaged. <see cref="ErrorIds.InvalidArgument"/>: nothing can be done about it.
    /// </exception>
    public Task<bool> RepairAsync(RepairFinding finding, CancellationToken cancellationToken) => finding switch
    {
        { CanRepair: false } => throw new BackupException(ErrorIds.InvalidArgument, $"Nothing can be done about {finding.Name}: {finding.Description}", target: finding.Name),
        { Kind: RepairKind.StaleLock } => new StaleLockRemoval(_storage, _clock, _warn).RunAsync(finding.Name, cancellationToken),
        { Upload: { } upload } => RemoveUploadAsync(upload, cancellationToken),
        _ => RepairDumpAsync(finding, cancellationToken),
    };

    /// <summary>The dump that an object or an upload belongs to, as far as its name tells.</summary>
    private static string BackupNameOf(string name)
    {
        foreach (string suffix in (string[])[BackupName.ManifestSuffix, BackupName.ProofSuffix, StoredObjects.AnnotationsSuffix, BackupName.RemovalSuffix])
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal))
                return name[..^suffix.Length];
        }

        return BackupName.DumpOf(name);
    }

    private static RepairFinding Describe(StorageEntry entry, LockRecord? record) => new()
    {
        Kind = RepairKind.StaleLock,
        Name = entry.Name,
        Length = entry.Length,
        Since = entry.LastModified,
        Action = RepairAction.Remove,
        Description = record is null
            ? "A lock that cannot be read and was not renewed."
            : FormattableString.Invariant($"The lock of {record.Owner} ({record.Purpose}), taken {record.Acquired:u}, which is not running any more."),
    };

    private static RepairFinding Describe(UnfinishedUpload upload) => new()
    {
        Kind = RepairKind.UnfinishedUpload,
        Name = upload.Name,
        Length = upload.Length,
        Since = upload.Since,
        Action = RepairAction.Remove,
        Upload = upload,
        Description = $"An upload of {upload.Name} that was never completed.",
    };

    /// <summary>Looks at all dumps, and at what belongs to some that are gone; what we may not read is told and left out.</summary>
    private async Task<IReadOnlyList<RepairFinding>> FindDumpsAsync(RepositoryListing listing, LockSurvey locks, CancellationToken cancellationToken)
    {
        Diagnosis diagnosis = Diagnose(listing);
        string[] names = [.. listing.Dumps.Select(dump => dump.Name).Concat(diagnosis.Sidecars.MissingDumps).Where(dump => !locks.IsInWork(dump))];
        var found = new RepairFinding?[names.Length];
        var refused = new StorageException?[names.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = RecordReader.AtOnce(_storage.Properties), CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, names.Length, options, async (i, token) =>
        {
            try
            {
                found[i] = await diagnosis.FindAsync(names[i], token).ConfigureAwait(false);
            }
            catch (StorageException e) when (ReadingRefusal.Is(e))
            {
                refused[i] = e;
            }
        }).ConfigureAwait(false);
        ReadingRefusal.ThrowIfAll(refused);
        foreach ((string name, StorageException? refusal) in names.Zip(refused))
        {
            if (refusal is not null)
                _warn($"{name} cannot be looked at: {refusal.Message}");
        }

        return [.. found.OfType<RepairFinding>()];
    }

    private Diagnosis Diagnose(RepositoryListing listing) => new(
        listing, new DumpDiagnosis(_storage, _identities, WrittenBefore), new SidecarDiagnosis(_storage, listing, WrittenBefore));

    private async Task<bool> RemoveUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        string dump = BackupNameOf(upload.Name);
        if (!RepositoryListing.IsDump(dump))
            return await _storage.RemoveUnfinishedUploadAsync(upload, cancellationToken).ConfigureAwait(false);
        return await WithLockAsync(
            dump, async token => await _storage.RemoveUnfinishedUploadAsync(upload, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> RepairDumpAsync(RepairFinding finding, CancellationToken cancellationToken)
    {
        string dataName = BackupNameOf(finding.Name);
        return WithLockAsync(dataName, async token =>
        {
            // What goes by the same id may be what this belongs to.
            string start = dataName[..(dataName.LastIndexOf('/') + 1)] + BackupName.IdOf(dataName) + ".";
            RepositoryListing listing = await RepositoryListing.ReadAsync(_storage, start, token).ConfigureAwait(false);
            RepairFinding? now = await Diagnose(listing).FindAsync(dataName, token).ConfigureAwait(false);
            if (now?.Kind != finding.Kind || now.Action != finding.Action || now.IsAlone != finding.IsAlone)
                return false;
            if (finding.Action == RepairAction.RebuildManifest)
                await RebuildAsync(dataName, listing, token).ConfigureAwait(false);
            else if (now.IsAlone)
                await _storage.DeleteAsync(now.Name, token).ConfigureAwait(false);
            else
                await RemoveAsync(dataName, token).ConfigureAwait(false);
            return true;
        }, cancellationToken);
    }

    private async Task<bool> WithLockAsync(string dataName, Func<CancellationToken, Task<bool>> work, CancellationToken cancellationToken)
    {
        string id = BackupName.IdOf(dataName);
        SeriesLocks name = await SeriesLocks.AcquireAsync(
            _storage, id, series: null, $"repair of {id}", resumed: null, _clock, _warn, cancellationToken).ConfigureAwait(false);
        await using (name.ConfigureAwait(false))
        {
            return await name.RunAsync(async token =>
            {
                LockSurvey locks = await LockSurvey.ReadAsync(_storage, dataName, _clock.GetUtcNow(), LockKeys.Name(id), token).ConfigureAwait(false);
                return !locks.IsInWork(dataName) && await work(token).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RebuildAsync(string dataName, RepositoryListing listing, CancellationToken cancellationToken)
    {
        BackupManifest manifest = await new ManifestRebuild(_storage, _identities).MakeAsync(dataName, cancellationToken).ConfigureAwait(false);
        PutMode mode = listing.ManifestOf(dataName) is null ? PutMode.CreateNew : PutMode.Replace;
        await _storage.PutAsync(dataName + BackupName.ManifestSuffix, FormatJson.Write(manifest), mode, cancellationToken).ConfigureAwait(false);
        await new LatestPointer(_storage, manifest.Series.Database, _warn).RenewAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RemoveAsync(string dataName, CancellationToken cancellationToken)
    {
        IReadOnlyList<StorageEntry> objects = await StoredObjects.FindAsync(_storage, dataName, cancellationToken).ConfigureAwait(false);
        RetentionLock kept = await RetentionLock.FindAsync(_storage, objects, _clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (kept.IsLocked)
            throw new BackupException(ErrorIds.RepositoryAccessDenied, $"{dataName} is kept by the storage {kept.Describe()}; nothing of it was removed.", target: dataName);
        foreach (StorageEntry entry in objects)
            await _storage.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
    }

    private sealed record Diagnosis(RepositoryListing Listing, DumpDiagnosis Dumps, SidecarDiagnosis Sidecars)
    {
        public Task<RepairFinding?> FindAsync(string dataName, CancellationToken cancellationToken) => Listing[dataName] is { } entry
            ? Dumps.FindAsync(Listing, entry, cancellationToken)
            : Sidecars.FindAsync(dataName, cancellationToken);
    }
}
