using System.Globalization;
using System.Security;
using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>Who can open what is encrypted: the holder of a secret key, or whoever knows a passphrase.</summary>
public sealed class AgeRecipient
{
    /// <summary>What <see cref="ToString"/> says of a passphrase.</summary>
    public const string PassphraseText = "passphrase";

    /// <summary>How many one file may have; their header is as long as what is read of one.</summary>
    public const int MaximumCount = 10_000;

    private const string SecretKeyStart = "AGE-SECRET-KEY-";

    private readonly byte[]? _publicKey;
    private readonly SecretBytes? _passphrase;
    private readonly int _workFactor;
    private readonly string _text;

    private AgeRecipient(string text, byte[]? publicKey, SecretBytes? passphrase, int workFactor)
    {
        _text = text;
        _publicKey = publicKey;
        _passphrase = passphrase;
        _workFactor = workFactor;
    }

    /// <summary>Whether it is a passphrase, which must be the only recipient of a file.</summary>
    public bool IsPassphrase => _passphrase is not null;

    internal static ReadOnlySpan<byte> Prefix => "age"u8;

    /// <summary>Reads a public key as age writes it.</summary>
    /// <param name="text">age1… .</param>
    /// <exception cref="BackupException">
    /// InvalidArgument: no such key, or a mistyped one. EncryptionNotSupported: a key of another kind (SSH, plugins, post-quantum).
    /// </exception>
    public static AgeRecipient Parse(string text)
    {
        text = text.Trim();
        byte[] key = new byte[AgeX25519.KeyLength];
        if (Bech32.TryDecode(Encoding.UTF8.GetBytes(text), Prefix, key) && AgeX25519.IsUsable(key))
            return new AgeRecipient(text, key, passphrase: null, workFactor: 0);

        // What was taken for a public key may be the secret one: it is not repeated.
        if (text.Contains(SecretKeyStart, StringComparison.OrdinalIgnoreCase))
        {
            throw new BackupException(ErrorIds.InvalidArgument, "What was given as a recipient is a secret key; a recipient begins with age1.",
                guidance: "The recipient stands as 'public key' in the identity file. A secret key that was typed here may stand in the history of the shell.");
        }

        bool otherKind = text.StartsWith("ssh-", StringComparison.Ordinal) || (text.StartsWith("age1", StringComparison.Ordinal) && text.LastIndexOf('1') > 3);
        throw otherKind
            ? new BackupException(ErrorIds.EncryptionNotSupported, $"The recipient '{Shorten(text)}' is of a kind that is not supported; age1… of age-keygen or New-MidstKey is.")
            : new BackupException(ErrorIds.InvalidArgument, $"'{Shorten(text)}' is no recipient: it begins with age1 and has 62 characters, of which one may be wrong.");
    }

    /// <summary>A passphrase.</summary>
    /// <param name="passphrase">Copied.</param>
    /// <exception cref="BackupException">InvalidArgument: it is empty.</exception>
    public static AgeRecipient FromPassphrase(SecureString passphrase) => FromPassphrase(passphrase, AgeScrypt.UsualWorkFactor);

    /// <summary>Refuses recipients that cannot open one file together.</summary>
    /// <param name="recipients">Those of one file.</param>
    /// <exception cref="BackupException">InvalidArgument.</exception>
    public static void Check(IReadOnlyList<AgeRecipient> recipients)
    {
        if (recipients.Count > MaximumCount)
        {
            throw new BackupException(ErrorIds.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"{recipients.Count} recipients are too many; at most {MaximumCount} can read one file."));
        }

        // Who knows a passphrase trusts that nobody else could have written the file; that would no longer hold.
        if (recipients.Count > 1 && recipients.Any(r => r.IsPassphrase))
            throw new BackupException(ErrorIds.InvalidArgument, "A passphrase cannot be combined with other recipients.", guidance: "Use either -Recipient or -Passphrase.");
    }

    /// <summary>The public key; of a passphrase only that it is one.</summary>
    public override string ToString() => _text;

    internal static AgeRecipient FromPassphrase(SecureString passphrase, int workFactor) => passphrase.Length > 0
        ? new AgeRecipient(PassphraseText, publicKey: null, SecretBytes.FromText(passphrase), workFactor)
        : throw new BackupException(ErrorIds.InvalidArgument, "The passphrase is empty.");

    internal static AgeRecipient FromPublicKey(byte[] key)
    {
        byte[] text = new byte[Bech32.EncodedLength(Prefix.Length, key.Length)];
        Bech32.Encode(Prefix, key, text);
        return new AgeRecipient(Encoding.ASCII.GetString(text), key, passphrase: null, workFactor: 0);
    }

    internal AgeStanza Wrap(SecretBytes fileKey) => _passphrase is null
        ? AgeX25519.Wrap(_publicKey!, fileKey)
        : AgeScrypt.Wrap(_passphrase, fileKey, _workFactor);

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
