using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>Where a backup goes in the target, and what is there already.</summary>
internal sealed class CopyPlace
{
    private readonly IStorage _target;
    private readonly BackupRecord _source;
    private readonly string _id;

    /// <summary>Makes it; reads nothing.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="source">The backup.</param>
    public CopyPlace(IStorage target, BackupRecord source)
    {
        _target = target;
        _source = source;
        _id = BackupName.Prefix(target.Properties, source.Database!) + source.Id;
        string file = source.Data.Name[(source.Data.Name.LastIndexOf('/') + 1)..];
        DataName = _id + file[BackupName.IdOf(file).Length..];
        StorageName.ValidateForWriting(DataName);
    }

    /// <summary>The dump's object name in the target.</summary>
    public string DataName { get; }

    /// <summary>The backup as the target has it already, whole, or null.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="StorageException"><see cref="ErrorIds.ObjectExists"/> when something else is in its place.</exception>
    public async Task<BackupRecord?> FindSameAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        RepositoryListing listing = await RepositoryListing.ReadAsync(_target, _id + ".", cancellationToken).ConfigureAwait(false);
        var reader = new RecordReader(_target, _source.Identities, new SidecarReader(_target, cache: null), problems.Add);
        IReadOnlyList<BackupRecord> found = await reader.ReadAsync(listing, [.. listing.Dumps], cancellationToken).ConfigureAwait(false);
        if (found.FirstOrDefault(backup => BackupIdentity.Of(backup) == BackupIdentity.Of(_source)) is { } same)
            return same;
        if (found.Count > 0)
            throw Taken(found[0].Data.Name, "is another backup than the one to be copied.");
        if (listing.ManifestOf(DataName) is not null)
            throw Taken(DataName, $"is not whole, so it is neither kept nor overwritten: {string.Join(" ", problems)}");
        if (listing[DataName] is not null && await IsOtherDumpAsync(cancellationToken).ConfigureAwait(false))
            throw Taken(DataName, "is a whole dump without a manifest, and another than the one to be copied.");
        return null;
    }

    /// <summary>Removes what dead runs were writing here. The caller holds the name's lock.</summary>
    /// <param name="needed">The objects there will be: what is there of them, whole or in part, may be of use.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task RemoveUselessAsync(IEnumerable<string> needed, CancellationToken cancellationToken)
    {
        HashSet<string> missing = [.. needed];
        foreach (StorageEntry entry in await StoredObjects.FindAsync(_target, DataName, cancellationToken).ConfigureAwait(false))
        {
            bool isRest = StoredObjects.IsData(entry.Name, DataName) || entry.Name == DataName + BackupName.RemovalSuffix;
            if (!missing.Remove(entry.Name) && isRest)
                await _target.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        }

        await RemoveUnfinishedAsync(_target.Properties.ResumesUploads ? missing : [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes all uploads that dead runs left here. The caller holds the name's lock.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public Task RemoveUnfinishedAsync(CancellationToken cancellationToken) => RemoveUnfinishedAsync([], cancellationToken);

    private async Task RemoveUnfinishedAsync(HashSet<string> resumed, CancellationToken cancellationToken)
    {
        await _target.RemoveAbandonedUploadsAsync(DataName, resumed, cancellationToken).ConfigureAwait(false);
        await _target.RemoveAbandonedUploadsAsync(BackupName.Globals(DataName), resumed, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsOtherDumpAsync(CancellationToken cancellationToken)
    {
        try
        {
            DumpFile file = await DumpFile.OpenAsync(_target, DataName, _source.Identities, cancellationToken).ConfigureAwait(false);
            return file.Index is not null && file.Index != _source.Manifest!.Index;
        }
        catch (BackupException e) when (e is not StorageException)
        {
            // Encrypted, and not for us to open: its bytes will tell whether it is the same.
            return false;
        }
    }

    private StorageException Taken(string name, string what) =>
        new(ErrorIds.ObjectExists, $"{_target.Properties.PathOf(name)} {what}", isPermanent: true, target: name);
}
