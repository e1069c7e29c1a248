using System.Globalization;
using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using Org.BouncyCastle.Crypto.Generators;

namespace InMidst.Backup.Core.Encryption;

/// <summary>The lock that a passphrase opens. scrypt itself is BouncyCastle's.</summary>
internal static class AgeScrypt
{
    public const string Kind = "scrypt";

    /// <summary>Logarithm of the work, as age's own program takes it: 256 MiB and about a second.</summary>
    public const int UsualWorkFactor = 18;

    /// <summary>A file that asks for more is refused: who wrote it wants our memory (2^22 is 4 GiB).</summary>
    public const int MaximumWorkFactor = 22;

    // From here on the work's memory is worth a collection.
    private const int LargeWorkFactor = 15;

    private const int SaltLength = 16;
    private const int BlockSize = 8;
    private const int WrapKeyLength = 32;

    // Each run takes hundreds of mebibytes.
    private static readonly Lock OneAtATime = new();

    private static ReadOnlySpan<byte> Label => "age-encryption.org/v1/scrypt"u8;

    /// <summary>Locks a file key.</summary>
    public static AgeStanza Wrap(SecretBytes passphrase, SecretBytes fileKey, int workFactor)
    {
        using SecretBytes salt = SecretBytes.Random(SaltLength);
        using SecretBytes wrapKey = DeriveWrapKey(passphrase, salt.Span, workFactor);
        return new AgeStanza(
            [Kind, AgeBase64.Encode(salt.Span), workFactor.ToString(CultureInfo.InvariantCulture)], AgeFileKey.Seal(wrapKey, fileKey));
    }

    /// <summary>Opens the lock; null when it is another passphrase's.</summary>
    /// <param name="stanza">The lock.</param>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="BackupException">BackupCorrupt: it is no lock anybody made. EncryptionNotSupported: it asks for too much work.</exception>
    public static SecretBytes? Unwrap(AgeStanza stanza, SecretBytes passphrase, string name)
    {
        byte[]? salt = stanza.Arguments.Count == 3 ? AgeBase64.Decode(stanza.Arguments[1]) : null;
        string work = stanza.Arguments.Count == 3 ? stanza.Arguments[2] : "";
        if (salt?.Length != SaltLength || stanza.Body.Length != AgeFileKey.SealedLength || work is "" or ['0', ..] || !work.All(char.IsAsciiDigit))
            throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is damaged: the passphrase entry in its encryption header is not valid.", target: name);
        if (!int.TryParse(work, NumberStyles.None, CultureInfo.InvariantCulture, out int factor) || factor > MaximumWorkFactor)
        {
            throw new BackupException(ErrorIds.EncryptionNotSupported,
                $"{name} asks for 2^{work} steps to check a passphrase; at most 2^{MaximumWorkFactor} are made.", target: name);
        }

        using SecretBytes wrapKey = DeriveWrapKey(passphrase, salt, factor);
        return AgeFileKey.TryOpen(wrapKey, stanza.Body);
    }

    private static SecretBytes DeriveWrapKey(SecretBytes passphrase, ReadOnlySpan<byte> salt, int workFactor)
    {
        byte[] derived;
        lock (OneAtATime)
        {
            derived = SCrypt.Generate(passphrase.Array, [.. Label, .. salt], 1 << workFactor, BlockSize, 1, WrapKeyLength);

            // Else the process would have these hundreds of mebibytes as long as it runs.
            if (workFactor >= LargeWorkFactor)
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        var wrapKey = new SecretBytes(derived);
        CryptographicOperations.ZeroMemory(derived);
        return wrapKey;
    }
}
