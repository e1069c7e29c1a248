using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>The roles and tablespaces beside a dump: one frame of pg_dumpall's text, small whatever the databases hold.</summary>
internal static class GlobalsFile
{
    /// <summary>Compresses the text, and encrypts it if anybody is to be able to read it alone.</summary>
    public static async Task<byte[]> MakeAsync(
        FrameCodec codec, MemoryStream text, IReadOnlyList<AgeRecipient> recipients, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        using AgeWriteStream? encryption = recipients.Count == 0 ? null : new AgeWriteStream(file, recipients);
        Stream compressor = codec.CreateCompressor(encryption ?? (Stream)file, level: null);
        await using (compressor.ConfigureAwait(false))
        {
            text.Position = 0;
            await text.CopyToAsync(compressor, cancellationToken).ConfigureAwait(false);
        }

        if (encryption is not null)
            await encryption.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return file.ToArray();
    }
}
