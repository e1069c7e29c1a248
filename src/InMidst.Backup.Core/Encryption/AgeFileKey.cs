using System.Security.Cryptography;

namespace InMidst.Backup.Core.Encryption;

/// <summary>What is done with the key of one file.</summary>
internal static class AgeFileKey
{
    /// <summary>Bytes of a file key that is locked.</summary>
    public const int SealedLength = AgeHeader.FileKeyLength + ChunkCipher.TagLength;

    /// <summary>Bytes of the nonce before the payload.</summary>
    public const int NonceLength = 16;

    private const int PayloadKeyLength = 32;

    /// <summary>Locks a file key with a key that is used for nothing else.</summary>
    public static byte[] Seal(SecretBytes wrapKey, SecretBytes fileKey)
    {
        byte[] body = new byte[SealedLength];
        using ChunkCipher cipher = ChunkCipher.Create(wrapKey);
        cipher.Encrypt(0, isLast: false, fileKey.Span, body);
        return body;
    }

    /// <summary>Opens one; null when it was locked with another key.</summary>
    public static SecretBytes? TryOpen(SecretBytes wrapKey, ReadOnlySpan<byte> body)
    {
        var fileKey = new SecretBytes(AgeHeader.FileKeyLength);
        using ChunkCipher cipher = ChunkCipher.Create(wrapKey);
        if (cipher.TryDecrypt(0, isLast: false, body, fileKey.Span))
            return fileKey;
        fileKey.Dispose();
        return null;
    }

    /// <summary>What encrypts and decrypts the payload.</summary>
    /// <param name="fileKey">The file's key.</param>
    /// <param name="nonce">The payload's nonce.</param>
    public static ChunkCipher CreatePayloadCipher(SecretBytes fileKey, ReadOnlySpan<byte> nonce)
    {
        using var key = new SecretBytes(PayloadKeyLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey.Span, key.Span, nonce, "payload"u8);
        return ChunkCipher.Create(key);
    }
}
