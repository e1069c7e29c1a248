using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The pointer at the newest dump of a database that people find on disk, beside which it lies: not at what somebody put elsewhere, nor at
/// what another repository further down has. A failure is told and fails nothing.
/// </summary>
internal sealed class LatestPointer(IStorage storage, string database, Action<string> warn)
{
    private static readonly string[] Extensions =
    [
        .. Enum.GetValues<CompressionKind>().Select(kind => FrameCodec.For(kind).Extension)
            .SelectMany(extension => (string[])[extension, extension + BackupName.EncryptedSuffix]),
    ];

    /// <summary>Lets it point at the newest backup that has a manifest; removes it where there is none.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (!storage.Properties.SupportsPointers)
            return;
        try
        {
            BackupRecord? newest = await new BackupRepository(storage, static _ => { }).FindNewestInPlaceAsync(database, cancellationToken).ConfigureAwait(false);
            string prefix = BackupName.Prefix(storage.Properties, database);

            string? target = newest is { Manifest: not null } ? newest.Data.Name : null;
            foreach (string extension in Extensions)
            {
                string pointer = prefix + BackupName.Latest(database, extension);
                if (target is not null && target.EndsWith(extension, StringComparison.Ordinal))
                    await storage.SetPointerAsync(pointer, target, cancellationToken).ConfigureAwait(false);
                else
                    await storage.DeletePointerAsync(pointer, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BackupException or OperationCanceledException)
        {
            warn($"The pointer to the latest backup of '{database}' could not be set: {e.Message}");
        }
    }
}
