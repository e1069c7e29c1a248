using System.Globalization;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>One secret key and its public one.</summary>
internal sealed class AgeSecretKey : IDisposable
{
    private const string OfItself = "The identity key";

    private AgeSecretKey(SecretBytes secret)
    {
        Secret = secret;
        PublicKey = AgeX25519.PublicKeyOf(secret);
    }

    public SecretBytes Secret { get; }

    public byte[] PublicKey { get; }

    private static ReadOnlySpan<byte> Prefix => "AGE-SECRET-KEY-"u8;

    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    private static ReadOnlySpan<byte> Utf16Mark => [0xFF, 0xFE];

    private static ReadOnlySpan<byte> Utf16BigEndianMark => [0xFE, 0xFF];

    /// <summary>A new one.</summary>
    public static AgeSecretKey Create() => new(SecretBytes.Random(AgeX25519.KeyLength));

    /// <summary>Reads the lines of an identity file.</summary>
    /// <param name="text">Its bytes.</param>
    /// <param name="source">The file, for messages; null for a key that was given by itself.</param>
    /// <param name="warn">Told of keys of other kinds beside one that can be used; null to say nothing.</param>
    /// <exception cref="BackupException">IdentityFileInvalid, InvalidArgument without a file, EncryptionNotSupported. Never repeats a line: it may be a secret with a letter wrong.</exception>
    public static List<AgeSecretKey> ReadAll(ReadOnlySpan<byte> text, string? source, Action<string>? warn)
    {
        ErrorId id = source is null ? ErrorIds.InvalidArgument : ErrorIds.IdentityFileInvalid;
        string what = source ?? OfItself;
        if (AgeFile.IsEncrypted(text))
        {
            throw new BackupException(id, $"{what} is itself encrypted.",
                guidance: "Decrypt it with age -d into a file that only you can read, or give its key with -IdentityKey.", target: source);
        }

        // Windows PowerShell writes this where > is used, and some editors put the other before UTF-8.
        if (text.StartsWith(Utf16Mark) || text.StartsWith(Utf16BigEndianMark))
            throw new BackupException(id, $"{what} is text in UTF-16.", guidance: "Save it as UTF-8 without changing its letters.", target: source);
        return ReadLines(text.StartsWith(Utf8Mark) ? text[Utf8Mark.Length..] : text, id, source, warn);
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

    private static List<AgeSecretKey> ReadLines(ReadOnlySpan<byte> text, ErrorId id, string? source, Action<string>? warn)
    {
        var keys = new List<AgeSecretKey>();
        var unsupported = new List<BackupException>();
        try
        {
            int number = 0;
            foreach (Range range in text.Split((byte)'\n'))
            {
                number++;
                ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
                if (line.IsEmpty || line[0] == '#')
                    continue;
                string where = source is null ? OfItself : string.Create(CultureInfo.InvariantCulture, $"Line {number} of {source}");
                if (Read(line) is { } key)
                    keys.Add(key);
                else if (line.StartsWith("AGE-PLUGIN-"u8) || line.StartsWith("AGE-SECRET-KEY-PQ-"u8))
                    unsupported.Add(NotSupported(where, source));
                else
                    throw Refuse(line, id, where, source);
            }

            if (keys.Count == 0)
                throw unsupported.Count > 0 ? unsupported[0] : new BackupException(id, $"{source ?? OfItself} holds no secret key.", target: source);

            // Who keeps keys for several programs in one file can use what we can use of it.
            unsupported.ForEach(e => warn?.Invoke($"{e.Message} It is not used."));
            return keys;
        }
        catch
        {
            keys.ForEach(k => k.Dispose());
            throw;
        }
    }

    private static AgeSecretKey? Read(ReadOnlySpan<byte> line)
    {
        var secret = new SecretBytes(AgeX25519.KeyLength);
        if (Bech32.TryDecode(line, Prefix, secret.Span))
            return new AgeSecretKey(secret);
        secret.Dispose();
        return null;
    }

    private static BackupException NotSupported(string where, string? source) =>
        new(ErrorIds.EncryptionNotSupported, $"{where} is a key of a kind that is not supported; AGE-SECRET-KEY-1… is.", target: source);

    private static BackupException Refuse(ReadOnlySpan<byte> line, ErrorId id, string where, string? source)
    {
        if (line.StartsWith("-----BEGIN "u8))
            return NotSupported(where, source);
        return new BackupException(id, line.StartsWith("age1"u8)
            ? $"{where} is a public key (recipient); the secret one begins with AGE-SECRET-KEY-1."
            : $"{where} is no secret key, or one with a wrong letter.", target: source);
    }
}
