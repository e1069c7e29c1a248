using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace InMidst.Backup.Core.Encryption;

/// <summary>Locks that a secret key opens. X25519 itself is BouncyCastle's.</summary>
internal static class AgeX25519
{
    public const string Kind = "X25519";

    /// <summary>Bytes of a key, public or secret.</summary>
    public const int KeyLength = 32;

    private static ReadOnlySpan<byte> Info => "age-encryption.org/v1/X25519"u8;

    /// <summary>The public key of a secret one.</summary>
    public static byte[] PublicKeyOf(SecretBytes secret)
    {
        byte[] key = new byte[KeyLength];
        X25519.GeneratePublicKey(secret.Array, 0, key, 0);
        return key;
    }

    /// <summary>Whether something can be locked for a key: with a point of low order everybody could open it.</summary>
    public static bool IsUsable(byte[] publicKey)
    {
        using SecretBytes any = SecretBytes.Random(KeyLength);
        using var shared = new SecretBytes(KeyLength);
        return X25519.CalculateAgreement(any.Array, 0, publicKey, 0, shared.Array, 0);
    }

    /// <summary>Locks a file key.</summary>
    public static AgeStanza Wrap(byte[] recipient, SecretBytes fileKey)
    {
        using SecretBytes ephemeral = SecretBytes.Random(KeyLength);
        byte[] share = PublicKeyOf(ephemeral);
        using SecretBytes wrapKey = DeriveWrapKey(ephemeral, recipient, share, recipient)
            ?? throw new InvalidOperationException("A recipient that nothing can be locked for was not refused.");
        return new AgeStanza([Kind, AgeBase64.Encode(share)], AgeFileKey.Seal(wrapKey, fileKey));
    }

    /// <summary>Opens a lock; null when it is another key's.</summary>
    /// <param name="stanza">The lock.</param>
    /// <param name="secret">The secret key.</param>
    /// <param name="publicKey">Its public key.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="BackupException">BackupCorrupt: it is no lock anybody made.</exception>
    public static SecretBytes? Unwrap(AgeStanza stanza, SecretBytes secret, byte[] publicKey, string name)
    {
        byte[]? share = stanza.Arguments.Count == 2 ? AgeBase64.Decode(stanza.Arguments[1]) : null;
        if (share?.Length != KeyLength || stanza.Body.Length != AgeFileKey.SealedLength)
            throw Malformed(name);
        using SecretBytes? wrapKey = DeriveWrapKey(secret, share, share, publicKey);
        return wrapKey is null ? throw Malformed(name) : AgeFileKey.TryOpen(wrapKey, stanza.Body);
    }

    private static SecretBytes? DeriveWrapKey(SecretBytes own, byte[] other, ReadOnlySpan<byte> share, ReadOnlySpan<byte> recipient)
    {
        using var shared = new SecretBytes(KeyLength);
        if (!X25519.CalculateAgreement(own.Array, 0, other, 0, shared.Array, 0))
            return null;
        var wrapKey = new SecretBytes(KeyLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared.Span, wrapKey.Span, (byte[])[.. share, .. recipient], Info);
        return wrapKey;
    }

    private static BackupException Malformed(string name) =>
        new(ErrorIds.BackupCorrupt, $"{name} is damaged: an X25519 entry in its encryption header is not valid.", target: name);
}
