using System.Globalization;
using InMidst.Backup.Core;
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
        Stream stored = await file.OpenStoredAsync(cancellationToken).ConfigureAwait(false);
        using var verifying = new VerifyingReadStream(stored, index.Frames);
        using var reporting = new ProgressReadStream(verifying, new LoadProgress(file.Entry.Length, progress));
        await reporting.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        return await FindingsAsync(backup, verifying, index, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a stream that has been read to its end shows, and what the smaller objects show.</summary>
    public static async Task<List<string>> FindingsAsync(
        BackupRecord backup, VerifyingReadStream data, DumpIndex? index, CancellationToken cancellationToken)
    {
        var findings = new List<string>();
        string sha256 = await data.DrainAsync(cancellationToken).ConfigureAwait(false);
        ObjectRecord? expected = backup.Manifest?.Objects.FirstOrDefault(o => o.Role == "data");
        if (expected is not null && expected.Length != data.Position)
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"{backup.Data.Name} has {data.Position:N0} bytes, not {expected.Length:N0}."));
        findings.AddRange(data.Damaged.Select(f => index!.DescribeDamage(f)));
        if (data.Unread > 0)
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"{data.Unread} frames are missing at the end."));
        if (expected is not null && expected.Sha256 != sha256 && findings.Count == 0)
            findings.Add($"{backup.Data.Name} differs from what was written (SHA-256), outside its frames.");
        foreach (ObjectRecord other in backup.Manifest?.Objects.Where(o => o.Role != "data") ?? [])
            findings.AddRange(await CheckSmallAsync(backup.Storage, other, cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private static async Task<List<string>> CheckSmallAsync(IStorage storage, ObjectRecord expected, CancellationToken cancellationToken)
    {
        if (await storage.FindAsync(expected.Name, cancellationToken).ConfigureAwait(false) is null)
            return [$"{expected.Name} is missing."];
        using var stream = new VerifyingReadStream(await storage.OpenReadAsync(expected.Name, 0, null, cancellationToken).ConfigureAwait(false), []);
        string sha256 = await stream.DrainAsync(cancellationToken).ConfigureAwait(false);
        return sha256 == expected.Sha256 ? [] : [$"{expected.Name} is not as it was written (SHA-256)."];
    }
}
