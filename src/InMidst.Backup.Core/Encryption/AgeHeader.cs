using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>The header of an age file: its locks, and what proves that nobody changed them. https://c2sp.org/age</summary>
internal sealed class AgeHeader
{
    /// <summary>Bytes of a file key.</summary>
    public const int FileKeyLength = 16;

    /// <summary>Bytes of a header at most; <see cref="AgeRecipient.MaximumCount"/> recipients.</summary>
    public const int MaximumLength = 1024 * 1024;

    private const int ColumnsOfBody = 64;
    private const int MacLength = 32;
    private const string StanzaMark = "-> ";
    private const string EndMark = "---";

    private readonly byte[] _bytes;
    private readonly int _authenticated;
    private readonly byte[] _mac;

    private AgeHeader(IReadOnlyList<AgeStanza> stanzas, byte[] bytes, int authenticated, byte[] mac)
    {
        Stanzas = stanzas;
        _bytes = bytes;
        _authenticated = authenticated;
        _mac = mac;
    }

    /// <summary>How every age file begins, of whatever version.</summary>
    public static ReadOnlySpan<byte> Magic => "age-encryption.org/"u8;

    /// <summary>The locks.</summary>
    public IReadOnlyList<AgeStanza> Stanzas { get; }

    /// <summary>Bytes of the header, up to the payload's nonce.</summary>
    public int Length => _bytes.Length;

    /// <summary>Tells headers apart: equal for equal ones.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(_bytes));

    /// <summary>Whether a file is in ASCII armor, before which there may be white space.</summary>
    public static bool IsArmor(ReadOnlySpan<byte> start) => start.TrimStart(" \t\r\n"u8).StartsWith("-----BEGIN AGE ENCRYPTED FILE-----"u8);

    /// <summary>Writes a header.</summary>
    /// <param name="stanzas">The locks.</param>
    /// <param name="fileKey">What is locked.</param>
    public static byte[] Make(IEnumerable<AgeStanza> stanzas, SecretBytes fileKey)
    {
        var text = new StringBuilder("age-encryption.org/v1\n");
        foreach (AgeStanza stanza in stanzas)
        {
            text.Append(StanzaMark).AppendJoin(' ', stanza.Arguments).Append('\n');
            string body = AgeBase64.Encode(stanza.Body);
            int next = 0;
            for (; body.Length - next >= ColumnsOfBody; next += ColumnsOfBody)
                text.Append(body, next, ColumnsOfBody).Append('\n');
            text.Append(body, next, body.Length - next).Append('\n');
        }

        text.Append(EndMark);
        byte[] mac = ComputeMac(Encoding.ASCII.GetBytes(text.ToString()), fileKey);
        return Encoding.ASCII.GetBytes(text.Append(' ').Append(AgeBase64.Encode(mac)).Append('\n').ToString());
    }

    /// <summary>Reads a header; null when the bytes end before it does.</summary>
    /// <param name="start">The file's first bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="BackupException">BackupCorrupt; EncryptionNotSupported for a newer version.</exception>
    public static AgeHeader? Read(ReadOnlySpan<byte> start, string name)
    {
        var lines = new LineReader(start[..Math.Min(start.Length, MaximumLength)], name);
        if (lines.Next() is not { } version)
            return null;
        if (version != "age-encryption.org/v1")
        {
            throw version.StartsWith("age-encryption.org/v", StringComparison.Ordinal) && version.All(c => c is > ' ' and <= '~')
                ? new BackupException(ErrorIds.EncryptionNotSupported, $"{name} is encrypted in a newer format ({version}); this version reads age-encryption.org/v1.", target: name)
                : lines.Malformed();
        }

        var stanzas = new List<AgeStanza>();
        while (true)
        {
            int position = lines.Position;
            if (lines.Next() is not { } line)
                return null;
            if (line.StartsWith(EndMark, StringComparison.Ordinal))
            {
                byte[]? mac = line.StartsWith(EndMark + " ", StringComparison.Ordinal) ? AgeBase64.Decode(line[(EndMark.Length + 1)..]) : null;
                return mac?.Length == MacLength && stanzas.Count > 0
                    ? new AgeHeader(stanzas, start[..lines.Position].ToArray(), position + EndMark.Length, mac)
                    : throw lines.Malformed();
            }

            if (ReadStanza(line, ref lines) is not { } stanza)
                return null;
            stanzas.Add(stanza);
        }
    }

    /// <summary>Whether nobody changed the header since it was made with this file key.</summary>
    public bool IsAuthentic(SecretBytes fileKey) =>
        CryptographicOperations.FixedTimeEquals(ComputeMac(_bytes.AsSpan(0, _authenticated), fileKey), _mac);

    private static AgeStanza? ReadStanza(string line, ref LineReader lines)
    {
        if (!line.StartsWith(StanzaMark, StringComparison.Ordinal))
            throw lines.Malformed();
        string[] arguments = line[StanzaMark.Length..].Split(' ');
        if (arguments.Any(a => a.Length == 0 || a.Any(c => c is <= ' ' or > '~')))
            throw lines.Malformed();
        var body = new List<byte>();
        string? text;
        do
        {
            text = lines.Next();
            if (text is null)
                return null;
            body.AddRange(text.Length <= ColumnsOfBody ? AgeBase64.Decode(text) ?? throw lines.Malformed() : throw lines.Malformed());
        }
        while (text.Length == ColumnsOfBody);
        return new AgeStanza(arguments, [.. body]);
    }

    private static byte[] ComputeMac(ReadOnlySpan<byte> header, SecretBytes fileKey)
    {
        using var key = new SecretBytes(MacLength);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey.Span, key.Span, salt: [], info: "header"u8);
        return HMACSHA256.HashData(key.Span, header);
    }

    /// <summary>Lines that end in LF. Whatever is not ASCII fits nowhere in a header.</summary>
    private ref struct LineReader(ReadOnlySpan<byte> text, string name)
    {
        private readonly ReadOnlySpan<byte> _text = text;

        public int Position { get; private set; }

        public string? Next()
        {
            ReadOnlySpan<byte> rest = _text[Position..];
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                // Whoever gives all bytes a header may have gets an answer.
                return _text.Length < MaximumLength ? null : throw Malformed();
            }

            Position += end + 1;
            return Encoding.Latin1.GetString(rest[..end]);
        }

        public readonly BackupException Malformed() =>
            new(ErrorIds.BackupCorrupt, $"{name} is damaged: its encryption header is not in the age format.", target: name);
    }
}
