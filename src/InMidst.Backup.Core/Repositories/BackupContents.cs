using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Repositories;

/// <summary>A backup's file, opened, recognised, and known to be the file that its manifest describes, as far as its two ends show.</summary>
/// <param name="File">The file.</param>
/// <param name="Index">Its index; null for a dump that other tools wrote.</param>
public sealed record BackupContents(DumpFile File, DumpIndex? Index)
{
    /// <summary>Opens the data of a backup. What is known to be incomplete or exchanged is refused here, before anything is done with it.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.BackupCorrupt"/>: cut off, damaged in its index, or another backup than its manifest says.
    /// <see cref="ErrorIds.FormatTooNew"/>; <see cref="ErrorIds.ObjectNotFound"/>; <see cref="ErrorIds.EncryptionKeyMissing"/>,
    /// <see cref="ErrorIds.EncryptionKeyWrong"/>, <see cref="ErrorIds.EncryptionNotSupported"/>.
    /// </exception>
    public static async Task<BackupContents> OpenAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        BackupManifest? manifest = backup.Manifest;
        int? count = manifest is { DataObjects: { Count: > 0 } objects } ? objects.Count : null;
        StoredParts stored = await StoredParts.FindAsync(backup.Storage, backup.Data.Name, count, cancellationToken).ConfigureAwait(false);
        string name = stored.First.Name;
        if (manifest is not null && stored.FindChange(manifest) is { } change)
            throw Corrupt(name, change);
        DumpFile file = await OpenFileAsync(stored, backup, cancellationToken).ConfigureAwait(false);
        if (manifest?.Encryption is not null && !file.IsEncrypted)
            throw Corrupt(name, $"{name} is not encrypted though its manifest says so.");
        if (!file.IsOurs)
        {
            return manifest is null
                ? new BackupContents(file, null)
                : throw Corrupt(name, $"{name} does not begin like the dump its manifest describes.");
        }

        // Gunzipped by hand, it is a plain script like any other: whole, but nothing in it lies where its index says.
        if (manifest is null && file.Index is null && await file.IsWholeScriptAsync(cancellationToken).ConfigureAwait(false))
            return new BackupContents(file, null);
        DumpIndex index = await file.ReadIndexAsync(cancellationToken).ConfigureAwait(false);
        bool belongs = manifest is null || (manifest.Id == index.Backup.Id && (manifest.Index is null || manifest.Index == file.Index));
        return belongs
            ? new BackupContents(file, index)
            : throw Corrupt(name, $"{name} is another backup ({index.Backup.Id}) than its manifest describes ({manifest!.Id}).");
    }

    private static async Task<DumpFile> OpenFileAsync(StoredParts stored, BackupRecord backup, CancellationToken cancellationToken)
    {
        try
        {
            return await DumpFile.OpenAsync(stored, backup.Identities, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (AgeIdentities.AreLacking(e) && backup.Manifest?.Encryption is { } encryption && backup.Identities.Hold(encryption.Recipients))
        {
            // Whoever looked for another key in vain would not look for another copy.
            string name = stored.First.Name;
            throw new BackupException(ErrorIds.BackupCorrupt,
                $"{name} is damaged in its encryption header: a key that was given is one of those that its manifest names, and does not open it.", e, target: name);
        }
    }

    private static BackupException Corrupt(string name, string message) => new(ErrorIds.BackupCorrupt, message, target: name);
}
