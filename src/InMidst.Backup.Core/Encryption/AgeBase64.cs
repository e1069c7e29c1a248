namespace InMidst.Backup.Core.Encryption;

/// <summary>Base64 as age writes it: without padding, and with one spelling only.</summary>
internal static class AgeBase64
{
    /// <summary>Writes bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <summary>Reads text; null when it is anything but the one spelling of some bytes.</summary>
    public static byte[]? Decode(string text)
    {
        // .NET skips white space, and takes bits after the last byte for zeros.
        if (text.Length % 4 == 1 || text.Contains('='))
            return null;
        byte[] bytes = new byte[(text.Length * 3 / 4) + 2];
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out int length) && Encode(bytes.AsSpan(0, length)) == text
            ? bytes[..length]
            : null;
    }
}
