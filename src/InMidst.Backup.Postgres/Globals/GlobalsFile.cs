using System.Security.Cryptography;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>The roles and tablespaces beside a dump: one frame of pg_dumpall's text, small whatever the databases hold.</summary>
internal static class GlobalsFile
{
    /// <summary>Writes it.</summary>
    /// <param name="storage">Where to.</param>
    /// <param name="name">Its object's name.</param>
    /// <param name="codec">Its compression.</param>
    /// <param name="text">What pg_dumpall wrote.</param>
    /// <param name="recipients">For whom it is encrypted; none for a plain one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<ObjectRecord> WriteAsync(
        IStorage storage, string name, FrameCodec codec, MemoryStream text, IReadOnlyList<AgeRecipient> recipients, CancellationToken cancellationToken)
    {
        using var compressed = new MemoryStream();
        Stream compressor = codec.CreateCompressor(compressed, level: null);
        await using (compressor.ConfigureAwait(false))
        {
            text.Position = 0;
            await text.CopyToAsync(compressor, cancellationToken).ConfigureAwait(false);
        }

        byte[] bytes = recipients.Count == 0
            ? compressed.ToArray()
            : await EncryptAsync(compressed.ToArray(), recipients, cancellationToken).ConfigureAwait(false);
        StorageEntry entry = await storage.PutAsync(name, bytes, PutMode.CreateNew, cancellationToken).ConfigureAwait(false);
        return new ObjectRecord(ObjectRecord.Globals, name, entry.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static async Task<byte[]> EncryptAsync(byte[] content, IReadOnlyList<AgeRecipient> recipients, CancellationToken cancellationToken)
    {
        using var encrypted = new MemoryStream();
        using var age = new AgeWriteStream(encrypted, recipients);
        await age.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        await age.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return encrypted.ToArray();
    }
}
