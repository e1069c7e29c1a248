using System.Globalization;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>One secret key and its public one.</summary>
internal sealed class AgeSecretKey : IDisposable
{
    private AgeSecretKey(SecretBytes secret)
    {
        Secret = secret;
        PublicKey = AgeX25519.PublicKeyOf(secret);
    }

    public SecretBytes Secret { get; }

    public byte[] PublicKey { get; }

    private static ReadOnlySpan<byte> Prefix => "AGE-SECRET-KEY-"u8;

    /// <summary>A new one.</summary>
    public static AgeSecretKey Create() => new(SecretBytes.Random(AgeX25519.KeyLength));

    /// <summary>Reads the lines of an identity file.</summary>
    /// <param name="text">Its bytes.</param>
    /// <param name="source">The file, for messages; null for a key that was given by itself.</param>
    /// <exception cref="BackupException">IdentityFileInvalid, InvalidArgument without a file, EncryptionNotSupported. Never repeats a line: it may be a secret with a letter wrong.</exception>
    public static List<AgeSecretKey> ReadAll(ReadOnlySpan<byte> text, string? source)
    {
        ErrorId id = source is null ? ErrorIds.InvalidArgument : ErrorIds.IdentityFileInvalid;
        string what = source ?? "The identity key";
        if (text.StartsWith(AgeHeader.Magic) || text.StartsWith(AgeHeader.ArmorMagic))
        {
            throw new BackupException(id, $"{what} is itself encrypted.",
                guidance: "Decrypt it with age -d into a file that only you can read, or give its key with -IdentityKey.", target: source);
        }

        var keys = new List<AgeSecretKey>();
        try
        {
            int number = 0;
            foreach (Range range in text.Split((byte)'\n'))
            {
                number++;
                ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
                if (!line.IsEmpty && line[0] != '#')
                    keys.Add(Read(line) ?? throw Refuse(line, id, what, number, source));
            }

            return keys.Count > 0 ? keys : throw new BackupException(id, $"{what} holds no secret key.", target: source);
        }
        catch
        {
            keys.ForEach(k => k.Dispose());
            throw;
        }
    }

    /// <summary>The text age-keygen would write for it.</summary>
    public SecretBytes ToText()
    {
        var text = new SecretBytes(Bech32.EncodedLength(Prefix.Length, AgeX25519.KeyLength));
        Bech32.Encode(Prefix, Secret.Span, text.Span);
        foreach (ref byte letter in text.Span)
            letter = letter is >= (byte)'a' and <= (byte)'z' ? (byte)(letter & ~0x20) : letter;
        return text;
    }

    public void Dispose() => Secret.Dispose();

    private static AgeSecretKey? Read(ReadOnlySpan<byte> line)
    {
        var secret = new SecretBytes(AgeX25519.KeyLength);
        if (Bech32.TryDecode(line, Prefix, secret.Span))
            return new AgeSecretKey(secret);
        secret.Dispose();
        return null;
    }

    private static BackupException Refuse(ReadOnlySpan<byte> line, ErrorId id, string what, int number, string? source)
    {
        string where = source is null ? what : string.Create(CultureInfo.InvariantCulture, $"Line {number} of {what}");
        bool otherKind = line.StartsWith("AGE-PLUGIN-"u8) || line.StartsWith("AGE-SECRET-KEY-PQ-"u8) || line.StartsWith("-----BEGIN "u8);
        if (otherKind)
            return new BackupException(ErrorIds.EncryptionNotSupported, $"{where} is a key of a kind that is not supported; AGE-SECRET-KEY-1… is.", target: source);
        return new BackupException(id, line.StartsWith("age1"u8)
            ? $"{where} is a public key (recipient); the secret one begins with AGE-SECRET-KEY-1."
            : $"{where} is no secret key, or one with a wrong letter.", target: source);
    }
}
