namespace InMidst.Backup.Core.Encryption;

/// <summary>
/// The letters that age's keys are written in: BIP 173 without its limit of length. Works on bytes of ASCII, so that a secret key never
/// is a string.
/// </summary>
internal static class Bech32
{
    private const int ChecksumLength = 6;
    private const int BitsOfLetter = 5;
    private const int BitsOfByte = 8;
    private const byte Separator = (byte)'1';

    private static readonly uint[] Generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3];

    private static ReadOnlySpan<byte> Letters => "qpzry9x8gf2tvdw0s3jn54khce6mua7l"u8;

    /// <summary>Length of the text for so much data.</summary>
    public static int EncodedLength(int prefixLength, int dataLength) =>
        prefixLength + 1 + (((dataLength * BitsOfByte) + BitsOfLetter - 1) / BitsOfLetter) + ChecksumLength;

    /// <summary>Writes a key in lower-case letters.</summary>
    /// <param name="prefix">What it begins with, before the separator; in lower case.</param>
    /// <param name="data">The key.</param>
    /// <param name="text">As long as <see cref="EncodedLength"/> says.</param>
    public static void Encode(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> data, Span<byte> text)
    {
        prefix.CopyTo(text);
        text[prefix.Length] = Separator;
        uint check = StartChecksum(prefix);
        int next = prefix.Length + 1;
        uint bits = 0;
        int count = 0;
        foreach (byte value in data)
        {
            bits = (bits << BitsOfByte) | value;
            for (count += BitsOfByte; count >= BitsOfLetter; count -= BitsOfLetter)
                Add(text, bits >> (count - BitsOfLetter));
        }

        if (count > 0)
            Add(text, bits << (BitsOfLetter - count));
        for (int i = 0; i < ChecksumLength; i++)
            check = Step(check, 0);
        check ^= 1;
        for (int i = 0; i < ChecksumLength; i++)
            text[next++] = Letters[(int)(check >> (BitsOfLetter * (ChecksumLength - 1 - i))) & 31];

        void Add(Span<byte> target, uint letter)
        {
            target[next++] = Letters[(int)letter & 31];
            check = Step(check, letter & 31);
        }
    }

    /// <summary>Reads a key; false when it is none with this prefix or was mistyped.</summary>
    /// <param name="text">The text, all in the case of <paramref name="prefix"/>.</param>
    /// <param name="prefix">What it must begin with, in the case it must have.</param>
    /// <param name="data">Filled with the key.</param>
    public static bool TryDecode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix, Span<byte> data)
    {
        if (text.Length != EncodedLength(prefix.Length, data.Length) || !text.StartsWith(prefix) || text[prefix.Length] != Separator)
            return false;
        bool upper = prefix.ContainsAnyInRange((byte)'A', (byte)'Z');
        uint check = StartChecksum(prefix);
        uint bits = 0;
        int count = 0;
        int filled = 0;
        ReadOnlySpan<byte> letters = text[(prefix.Length + 1)..];
        for (int i = 0; i < letters.Length; i++)
        {
            int value = ValueOf(letters[i], upper);
            if (value < 0)
                return false;
            check = Step(check, (uint)value);
            if (i >= letters.Length - ChecksumLength)
                continue;
            bits = (bits << BitsOfLetter) | (uint)value;
            count += BitsOfLetter;
            if (count >= BitsOfByte && filled < data.Length)
            {
                count -= BitsOfByte;
                data[filled++] = (byte)(bits >> count);
            }
        }

        // What is left over of the last letter is zero in the one right spelling of a key.
        return check == 1 && (bits & ((1u << count) - 1)) == 0;
    }

    private static int ValueOf(byte letter, bool upper)
    {
        if (upper && letter is >= (byte)'a' and <= (byte)'z')
            return -1;
        return Letters.IndexOf(upper && letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter);
    }

    private static uint StartChecksum(ReadOnlySpan<byte> prefix)
    {
        uint check = 1;
        foreach (byte letter in prefix)
            check = Step(check, (uint)LowerCase(letter) >> BitsOfLetter);
        check = Step(check, 0);
        foreach (byte letter in prefix)
            check = Step(check, (uint)LowerCase(letter) & 31);
        return check;
    }

    private static byte LowerCase(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;

    private static uint Step(uint check, uint value)
    {
        uint top = check >> 25;
        check = ((check & 0x1FFFFFF) << BitsOfLetter) ^ value;
        for (int i = 0; i < Generator.Length; i++)
            check ^= ((top >> i) & 1) == 0 ? 0 : Generator[i];
        return check;
    }
}
