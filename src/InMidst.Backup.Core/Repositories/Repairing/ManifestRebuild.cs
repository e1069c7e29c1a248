using System.Globalization;
using System.Security.Cryptography;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Repairing;

/// <summary>Makes the manifest of a whole dump anew: from its index, and from its bytes, all of which are read and compared with the index.</summary>
internal sealed class ManifestRebuild(IStorage storage, AgeIdentities identities)
{
    /// <summary>Makes it.</summary>
    /// <param name="dataName">The dump's object name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.BackupCorrupt"/>: the dump is damaged; a manifest would say that it is whole.</exception>
    public async Task<BackupManifest> MakeAsync(string dataName, CancellationToken cancellationToken)
    {
        StoredParts stored = await StoredParts.FindAsync(storage, dataName, count: null, cancellationToken).ConfigureAwait(false);
        DumpFile file = await DumpFile.OpenAsync(stored, identities, cancellationToken).ConfigureAwait(false);
        DumpIndex index = await file.ReadIndexAsync(cancellationToken).ConfigureAwait(false);
        var objects = new List<ObjectRecord>(await ReadAsync(file, index, cancellationToken).ConfigureAwait(false));
        string? sha256 = objects.Count > 1 ? await HashAsync(stored, cancellationToken).ConfigureAwait(false) : null;
        if (await HashGlobalsAsync(BackupName.Globals(dataName), cancellationToken).ConfigureAwait(false) is { } globals)
            objects.Add(globals);
        BackupManifest manifest = index.Backup with { Objects = objects, Sha256 = sha256, Index = file.Index };

        // For whom it is encrypted does not stand in the file.
        return file.IsEncrypted ? manifest.ForPublic(new EncryptionRecord(EncryptionRecord.Age, [])) : manifest;
    }

    private static async Task<IReadOnlyList<ObjectRecord>> ReadAsync(DumpFile file, DumpIndex index, CancellationToken cancellationToken)
    {
        VerifyingReadStream stream = await file.OpenVerifyingAsync(index.Frames, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await stream.DrainAsync(cancellationToken).ConfigureAwait(false);
            if (stream.Damaged.Count > 0 || stream.Unread > 0)
            {
                string what = string.Join(" ", stream.Damaged.Take(3).Select(index.DescribeDamage));
                throw new BackupException(ErrorIds.BackupCorrupt, string.Create(CultureInfo.InvariantCulture,
                    $"{file.Entry.Name} is damaged in {stream.Damaged.Count + stream.Unread} of its frames; no manifest is made for it. {what}"), target: file.Entry.Name);
            }

            return stream.Objects;
        }
    }

    private static async Task<string> HashAsync(StoredParts stored, CancellationToken cancellationToken)
    {
        Stream stream = await stored.OpenAsync(0, null, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
    }

    private async Task<ObjectRecord?> HashGlobalsAsync(string name, CancellationToken cancellationToken)
    {
        if (await storage.FindAsync(name, cancellationToken).ConfigureAwait(false) is not { } entry)
            return null;
        Stream stream = await storage.OpenReadAsync(name, 0, null, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            string sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            return new ObjectRecord(ObjectRecord.Globals, name, entry.Length, sha256);
        }
    }
}
