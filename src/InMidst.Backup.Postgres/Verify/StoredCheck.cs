using System.Globalization;
using System.Security.Cryptography;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Compares stored bytes with what the manifest and the index say of them.</summary>
internal static class StoredCheck
{
    /// <summary>Reads every object of the backup once. Returns what is wrong, in words.</summary>
    public static async Task<List<string>> RunAsync(
        BackupRecord backup, DumpFile file, DumpIndex index, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        using VerifyingReadStream verifying = await file.OpenVerifyingAsync(index.Frames, cancellationToken).ConfigureAwait(false);
        using var reporting = new ProgressReadStream(verifying, new LoadProgress(file.Length, progress));
        try
        {
            await reporting.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            // Encrypted, and not authentic: found again, and said, below.
        }

        return await FindingsAsync(backup, verifying, index, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads every object of a backup once that cannot be opened, for want of its key. Returns what is wrong, in words.</summary>
    public static async Task<List<string>> RunLockedAsync(
        BackupRecord backup, BackupManifest manifest, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        StoredParts stored = await StoredParts.FindAsync(
            backup.Storage, backup.Data.Name, manifest.DataObjects.Count, cancellationToken).ConfigureAwait(false);
        using var hashes = new PartHashes();
        Stream objects = await stored.OpenAsync(hashes, cancellationToken).ConfigureAwait(false);
        await using (objects.ConfigureAwait(false))
        {
            using var reporting = new ProgressReadStream(objects, new LoadProgress(stored.Length, progress));
            await reporting.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        }

        List<string> findings = [.. FindChanges(manifest, hashes.Objects)];
        findings.AddRange(await CheckOthersAsync(backup, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    /// <summary>What a stream that has been read to its end shows, and what the smaller objects show.</summary>
    public static async Task<List<string>> FindingsAsync(
        BackupRecord backup, VerifyingReadStream data, DumpIndex? index, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        try
        {
            await data.DrainAsync(cancellationToken).ConfigureAwait(false);
            findings.AddRange(data.Damaged.Select(f => index!.DescribeDamage(f)));
            if (data.Unread > 0)
                findings.Add(string.Create(CultureInfo.InvariantCulture, $"{data.Unread} frames are missing at the end."));
            if (backup.Manifest is { } manifest && findings.Count == 0)
                findings.AddRange(FindChanges(manifest, data.Objects));
        }
        catch (BackupException e) when (e.Id == ErrorIds.BackupCorrupt)
        {
            // What is encrypted is either authentic or not given away at all.
            findings.AddRange(data.Damaged.Select(f => index!.DescribeDamage(f)));
            findings.Add(e.Message);
        }

        findings.AddRange(await CheckOthersAsync(backup, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private static IEnumerable<string> FindChanges(BackupManifest manifest, IReadOnlyList<ObjectRecord> read)
    {
        foreach ((ObjectRecord expected, ObjectRecord actual) in manifest.DataObjects.Zip(read))
        {
            if (expected.Length != actual.Length)
                yield return string.Create(CultureInfo.InvariantCulture, $"{actual.Name} has {actual.Length:N0} bytes, not {expected.Length:N0}.");
            else if (expected.Sha256 != actual.Sha256)
                yield return $"{actual.Name} differs from what was written (SHA-256), outside its frames.";
        }
    }

    private static async Task<List<string>> CheckOthersAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        foreach (ObjectRecord other in backup.Manifest?.Objects.Where(o => o.Role != ObjectRecord.Data) ?? [])
            findings.AddRange(await CheckSmallAsync(backup.Storage, other, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private static async Task<List<string>> CheckSmallAsync(IStorage storage, ObjectRecord expected, CancellationToken cancellationToken)
    {
        if (await storage.FindAsync(expected.Name, cancellationToken).ConfigureAwait(false) is null)
            return [$"{expected.Name} is missing."];
        using Stream stream = await storage.OpenReadAsync(expected.Name, 0, null, cancellationToken).ConfigureAwait(false);
        string sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        return sha256 == expected.Sha256 ? [] : [$"{expected.Name} is not as it was written (SHA-256)."];
    }
}
