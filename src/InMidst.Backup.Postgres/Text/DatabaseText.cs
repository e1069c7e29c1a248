using System.Text;

namespace InMidst.Backup.Postgres.Text;

/// <summary>
/// Turns byte strings (one char per byte, in the database's own encoding) into text for people and manifests, and back. The engine
/// moves every name and statement as a byte string, so that nothing is lost in encodings .NET does not know or in SQL_ASCII.
/// </summary>
public sealed class DatabaseText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Encoding? _encoding;

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
    /// Text for people. Bytes that are no text in the encoding are shown as Latin-1, so that different names stay different; what
    /// is no byte string is text already.
    /// </summary>
    public string Decode(string bytes)
    {
        if (Ascii.IsValid(bytes) || bytes.Any(c => c > 255))
            return bytes;
        byte[] raw = Encoding.Latin1.GetBytes(bytes);
        try
        {
            return (_encoding ?? StrictUtf8).GetString(raw);
        }
        catch (DecoderFallbackException)
        {
            return bytes;
        }
    }

    /// <summary>The byte string of a text that <see cref="Decode"/> gave.</summary>
    public string Encode(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        try
        {
            return Encoding.Latin1.GetString((_encoding ?? StrictUtf8).GetBytes(text));
        }
        catch (EncoderFallbackException)
        {
            return text;
        }
    }

    private static Encoding? Find(string encoding)
    {
        // https://www.postgresql.org/docs/current/multibyte.html, server encodings; those .NET lacks stay byte strings.
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
            "SQL_ASCII" => 0,
            _ => 28591,
        };
        if (codePage == 0)
            return null;
        if (codePage == 65001)
            return StrictUtf8;
        Encoding? found = CodePagesEncodingProvider.Instance.GetEncoding(
            codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        return found ?? Encoding.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
    }
}
