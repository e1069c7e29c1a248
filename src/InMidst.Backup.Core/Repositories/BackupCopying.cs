using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories.Copying;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Copies a backup into another repository. Every byte is checked against the manifest on its way; the backup exists there when its
/// manifest does, which is written last. After a failure the next attempt goes on from what is there: objects that are whole, and in a
/// storage that can (<see cref="StorageProperties.ResumesUploads"/>) the parts of one that is not.
/// </summary>
public sealed class BackupCopying
{
    private readonly IStorage _target;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;

    /// <summary>Makes the operation.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="clock">Times the heartbeats of locks.</param>
    /// <param name="warn">Told of copies that are damaged, and of what else the user should know though the copy succeeds.</param>
    public BackupCopying(IStorage target, TimeProvider clock, Action<string> warn)
    {
        _target = target;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Copies it. What the target has already, with the same id and content, is returned as it is.</summary>
    /// <param name="copies">Copies of one backup, nearest first; where one is damaged or cannot be read the next is taken.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops it; nothing that looks like a backup remains.</param>
    /// <returns>The backup in the target.</returns>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.BackupCorrupt"/>: no copy is whole. <see cref="ErrorIds.ObjectExists"/>: the target has something else of that
    /// name. <see cref="ErrorIds.BackupInProgress"/>: another run is writing this series there.
    /// </exception>
    public async Task<BackupRecord> RunAsync(
        IReadOnlyList<BackupRecord> copies, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        BackupRecord nearest = copies[0];
        var sources = new CopySources(copies, _warn);
        await _target.InitializeAsync(cancellationToken).ConfigureAwait(false);
        if (nearest.Manifest is null)
            return await new ForeignCopying(_target, sources, _clock, _warn).RunAsync(progress, cancellationToken).ConfigureAwait(false);
        if (nearest.DataObjects.Count == 0)
        {
            throw new BackupException(ErrorIds.ManifestCorrupt, $"{nearest.Data.Name} has no manifest that says what it consists of.",
                guidance: "Repair-MidstRepository makes its manifest anew.", target: nearest.Data.Name);
        }

        return await CopyAsync(nearest.Manifest, sources, progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task<BackupRecord> CopyAsync(
        BackupManifest manifest, CopySources sources, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        var place = new CopyPlace(_target, sources.Nearest);
        SeriesLocks locks = await SeriesLocks.AcquireAsync(
            _target, manifest.Id, manifest.Series, $"copy of {manifest.Id}", place.DataName, _clock, _warn, cancellationToken).ConfigureAwait(false);
        await using (locks.ConfigureAwait(false))
        {
            return await locks.RunAsync(async token =>
            {
                if (await place.FindSameAsync(token).ConfigureAwait(false) is { } existing)
                {
                    await place.RemoveUnfinishedAsync(token).ConfigureAwait(false);
                    return await AddProofAsync(existing, sources, token).ConfigureAwait(false);
                }

                BackupRecord written = await WriteAsync(manifest, sources, place, locks, progress, token).ConfigureAwait(false);
                written = await AddProofAsync(written, sources, token).ConfigureAwait(false);
                await new LatestPointer(_target, manifest.Series.Database, _warn).RenewAsync(token).ConfigureAwait(false);
                return written;
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BackupRecord> WriteAsync(
        BackupManifest manifest, CopySources sources, CopyPlace place, SeriesLocks locks, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<CopyPart> parts = CopyPlan.Make(place.DataName, sources.Nearest.DataObjects, _target.Properties.MaximumObjectLength);
        ObjectRecord? globals = CheckRoles(manifest).FirstOrDefault(o => o.Role == ObjectRecord.Globals);
        string globalsName = BackupName.Globals(place.DataName);
        await locks.SetWritingAsync([.. parts.Select(part => part.Name), globalsName], cancellationToken).ConfigureAwait(false);
        await place.RemoveUselessAsync(parts.Select(part => part.Name).Concat(globals is null ? [] : [globalsName]), cancellationToken).ConfigureAwait(false);

        var data = new PartTransfer(_target, sources.Nearest.DataObjects, parts, Report(manifest.Id, sources.Nearest.Length, progress));
        PartTransfer? roles = globals is null ? null : new PartTransfer(_target, [globals], [new CopyPart(globalsName, 0, globals.Length)], static _ => { });
        try
        {
            await sources.TryEachAsync(
                (copy, token) => data.CopyAsync(copy.Storage, i => BackupName.Part(copy.Data.Name, i), token), data.DiscardAsync, cancellationToken).ConfigureAwait(false);
            if (roles is not null)
            {
                await sources.TryEachAsync(
                    (copy, token) => roles.CopyAsync(copy.Storage, _ => BackupName.Globals(copy.Data.Name), token),
                    async () =>
                    {
                        await roles.DiscardAsync().ConfigureAwait(false);
                        await data.DiscardAsync().ConfigureAwait(false);
                    }, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException && data.Left > 0)
        {
            _warn(UploadEnding.Describe(manifest.Id, _target, data.Left));
            throw;
        }

        List<ObjectRecord> objects = [.. data.Records(ObjectRecord.Data), .. roles?.Records(ObjectRecord.Globals) ?? []];
        await locks.EnsureHeldAsync(cancellationToken).ConfigureAwait(false);
        return await PublishAsync(manifest with { Objects = objects, Sha256 = parts.Count > 1 ? manifest.DataSha256 : null }, place, cancellationToken).ConfigureAwait(false);
    }

    private async Task<BackupRecord> PublishAsync(BackupManifest manifest, CopyPlace place, CancellationToken cancellationToken)
    {
        try
        {
            await new BackupRepository(_target, _warn).WriteManifestAsync(place.DataName, manifest, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Id == ErrorIds.ObjectExists)
        {
            // Written by us, its answer lost, and tried again; whatever else it were would not be the same.
        }

        return await place.FindSameAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new StorageException(ErrorIds.RepositoryUnavailable,
                $"{_target.Properties.PathOf(place.DataName)} was written, and is not there.", isPermanent: false, target: place.DataName);
    }

    /// <summary>A proof is about the bytes of the dump, which are the same however they are divided.</summary>
    private async Task<BackupRecord> AddProofAsync(BackupRecord written, CopySources sources, CancellationToken cancellationToken)
    {
        if (written.Proof is not null || sources.NewestProof is not { } proof)
            return written;
        try
        {
            await new BackupRepository(_target, _warn).WriteProofAsync(written.Data.Name, proof, cancellationToken).ConfigureAwait(false);
            return written with { Proof = proof };
        }
        catch (StorageException e)
        {
            _warn($"{written.Id} is copied, but not the proof of its last test: {e.Message}");
            return written;
        }
    }

    private static IReadOnlyList<ObjectRecord> CheckRoles(BackupManifest manifest) =>
        manifest.Objects.FirstOrDefault(o => o.Role is not (ObjectRecord.Data or ObjectRecord.Globals)) is { } unknown
            ? throw new BackupException(ErrorIds.FormatTooNew, $"{manifest.Id} has an object of a kind ({unknown.Role}) that this version cannot copy.", target: manifest.Id)
            : manifest.Objects;

    private Action<long> Report(string id, long total, IProgress<OperationProgress> progress) => position => progress.Report(
        new OperationProgress($"Copying {id} to {_target.Properties.Location}", position, total == 0 ? 1 : (double)position / total));
}
