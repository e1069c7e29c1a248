using System.Text;

namespace InMidst.Backup.Postgres.Text;

/// <summary>
/// Turns byte strings (one char per byte, in the database's own encoding) into text for people and manifests, and back. The engine
/// moves every name and statement as a byte string, so that nothing is lost in encodings .NET does not know or in SQL_ASCII.
/// </summary>
public sealed class DatabaseText
{
    private const int LongestCharacter = 4;

    // Stands before the bytes of what is no text; a text that begins with it is treated like one.
    private const char NoText = '\uFFFD';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly DatabaseText Utf8 = new("UTF8");

    private readonly Encoding _encoding;

    /// <summary>Makes the converter.</summary>
    /// <param name="encoding">PostgreSQL's name of the encoding, such as UTF8, LATIN1, SQL_ASCII.</param>
    public DatabaseText(string encoding)
    {
        EncodingName = encoding;
        _encoding = Find(encoding);
    }

    /// <summary>PostgreSQL's name of the encoding.</summary>
    public string EncodingName { get; }

    /// <summary>The encoding, throwing for what is no text in it; null for SQL_ASCII, which is none.</summary>
    public Encoding? Encoding => _encoding;

    /// <summary>
    /// Text for people. Bytes that are no text in the encoding are shown as Latin-1 behind a replacement character: different names
    /// stay different, and <see cref="Encode"/> finds the bytes again. What is no byte string is text already.
    /// </summary>
    public string Decode(string bytes)
    {
        if (Ascii.IsValid(bytes) || bytes.Any(c => c > 255))
            return bytes;
        return TryDecode(bytes) is { } text && text[0] != NoText ? text : NoText + bytes;
    }

    /// <summary>
    /// Text of what all databases of a cluster share (names of roles, tablespaces and databases): its bytes are in the encoding of the
    /// database it was made from, which nothing tells; nearly always that is UTF-8, and hardly any other text looks like it.
    /// </summary>
    public string DecodeShared(string bytes) =>
        Ascii.IsValid(bytes) || bytes.Any(c => c > 255) ? bytes : Utf8.TryDecode(bytes) ?? Decode(bytes);

    /// <summary>A message of a session in an unknown encoding: decoded where its bytes are UTF-8, else as it is.</summary>
    internal static string DecodeIfUtf8(string message) => message.Any(c => c > 255) ? message : Utf8.TryDecode(message) ?? message;

    /// <summary>The beginning of a long text for people, cut between two characters.</summary>
    /// <param name="bytes">The byte string.</param>
    /// <param name="length">Bytes that are shown at most.</param>
    public string Excerpt(string bytes, int length)
    {
        if (bytes.Length <= length)
            return Decode(bytes);
        string start = bytes[..length];
        for (int cut = 0; cut < LongestCharacter && cut < length; cut++)
        {
            if (TryDecode(bytes[..(length - cut)]) is { } whole)
            {
                start = whole;
                break;
            }
        }

        return start + " …";
    }

    /// <summary>
    /// The byte string of a text that <see cref="Decode"/> gave. What the encoding has no bytes for becomes UTF-8: names of roles and
    /// databases are shared by databases of all encodings.
    /// </summary>
    public string Encode(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        if (text[0] == NoText && text.AsSpan(1).IndexOfAnyExceptInRange('\0', '\xFF') < 0)
            return text[1..];
        try
        {
            return Encoding.Latin1.GetString(_encoding.GetBytes(text));
        }
        catch (EncoderFallbackException)
        {
            return Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
        }
    }

    private string? TryDecode(string bytes)
    {
        try
        {
            byte[] raw = Encoding.Latin1.GetBytes(bytes);
            string text = _encoding.GetString(raw);

            // Some encodings have two codes for a character, of which only one comes back.
            return _encoding.GetBytes(text).AsSpan().SequenceEqual(raw) ? text : null;
        }
        catch (Exception e) when (e is DecoderFallbackException or EncoderFallbackException)
        {
            return null;
        }
    }

    private static Encoding Find(string encoding)
    {
        // https://www.postgresql.org/docs/current/multibyte.html, server encodings and those only clients may have; what .NET lacks is
        // read as Latin-1, which every byte string is. Most of what SQL_ASCII databases hold is UTF-8.
        int codePage = encoding.ToUpperInvariant() switch
        {
            "UTF8" => 65001,
            "LATIN1" => 28591,
            "LATIN2" => 28592,
            "LATIN3" => 28593,
            "LATIN4" => 28594,
            "LATIN5" => 28599,
            "LATIN7" => 28603,
            "LATIN9" => 28605,
            "ISO_8859_5" => 28595,
            "ISO_8859_6" => 28596,
            "ISO_8859_7" => 28597,
            "ISO_8859_8" => 28598,
            "WIN866" => 866,
            "WIN874" => 874,
            "WIN1250" => 1250,
            "WIN1251" => 1251,
            "WIN1252" => 1252,
            "WIN1253" => 1253,
            "WIN1254" => 1254,
            "WIN1255" => 1255,
            "WIN1256" => 1256,
            "WIN1257" => 1257,
            "WIN1258" => 1258,
            "KOI8R" => 20866,
            "KOI8U" => 21866,
            "EUC_JP" or "EUC_JIS_2004" => 51932,
            "EUC_KR" => 51949,
            "EUC_CN" => 936,
            "SJIS" => 932,
            "GBK" => 936,
            "UHC" => 949,
            "BIG5" => 950,
            "JOHAB" => 1361,
            "GB18030" => 54936,
            "SQL_ASCII" => 65001,
            _ => 28591,
        };
        if (codePage == 65001)
            return StrictUtf8;
        Encoding? found = CodePagesEncodingProvider.Instance.GetEncoding(
            codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        return found ?? Encoding.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }
}
