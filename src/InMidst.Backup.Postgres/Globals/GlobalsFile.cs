using System.Security.Cryptography;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>The roles and tablespaces beside a dump: one frame of pg_dumpall's text, small whatever the databases hold.</summary>
internal static class GlobalsFile
{
    public static async Task<ObjectRecord> WriteAsync(
        IStorage storage, string name, FrameCodec codec, MemoryStream text, CancellationToken cancellationToken)
    {
        using var compressed = new MemoryStream();
        Stream compressor = codec.CreateCompressor(compressed, level: null);
        await using (compressor.ConfigureAwait(false))
        {
            text.Position = 0;
            await text.CopyToAsync(compressor, cancellationToken).ConfigureAwait(false);
        }

        byte[] bytes = compressed.ToArray();
        StorageEntry entry = await storage.PutAsync(name, bytes, PutMode.CreateNew, cancellationToken).ConfigureAwait(false);
        return new ObjectRecord("globals", name, entry.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
