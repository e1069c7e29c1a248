using System.Buffers;

namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// Which bytes of a client encoding take the next byte along. Only encodings that a server cannot use itself have characters whose
/// second byte looks like ASCII, a backslash for instance (PostgreSQL manual, "Character Set Support"; character lengths as in
/// PostgreSQL's common/wchar.c). GB18030's four bytes are two such pairs.
/// </summary>
internal sealed class EncodingRules
{
    /// <summary>No byte of a character looks like ASCII unless it is ASCII: UTF-8, LATIN1, EUC_JP and all other server encodings.</summary>
    public static readonly EncodingRules Safe = new(static _ => false);

    private static readonly EncodingRules ShiftJis = new(static b => b is (>= 0x81 and <= 0x9F) or (>= 0xE0 and <= 0xFC));
    private static readonly EncodingRules EveryHighByte = new(static b => b >= 0x81);

    private readonly bool[] _leads = new bool[256];

    private EncodingRules(Func<byte, bool> isLead)
    {
        List<byte> leads = [];
        for (int b = 0x80; b < 256; b++)
        {
            _leads[b] = isLead((byte)b);
            if (_leads[b])
                leads.Add((byte)b);
        }

        PlainStringStops = SearchValues.Create([(byte)'\'', .. leads]);
        EscapedStringStops = SearchValues.Create([(byte)'\'', (byte)'\\', .. leads]);
        QuotedNameStops = SearchValues.Create([(byte)'"', .. leads]);
    }

    /// <summary>What must be looked at inside '…' whose backslashes are plain.</summary>
    public SearchValues<byte> PlainStringStops { get; }

    /// <summary>What must be looked at inside E'…'.</summary>
    public SearchValues<byte> EscapedStringStops { get; }

    /// <summary>What must be looked at inside "…".</summary>
    public SearchValues<byte> QuotedNameStops { get; }

    /// <summary>The rules of an encoding by any of the names PostgreSQL takes (case and punctuation do not matter).</summary>
    public static EncodingRules For(string name)
    {
        string normalised = string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
        return normalised switch
        {
            "sjis" or "shiftjis" or "mskanji" or "win932" or "windows932" or "shiftjis2004" => ShiftJis,
            "big5" or "win950" or "windows950" or "gbk" or "win936" or "windows936"
                or "uhc" or "win949" or "windows949" or "gb18030" or "johab" => EveryHighByte,
            _ => Safe,
        };
    }

    /// <summary>
    /// Bytes of the character at <paramref name="at"/>, as far as quoting is concerned; 0 when the text ends inside it. A newline is
    /// never part of a character (psql reads line by line).
    /// </summary>
    public int WidthAt(ReadOnlySpan<byte> text, int at)
    {
        if (at >= text.Length)
            return 0;
        if (!_leads[text[at]])
            return 1;
        if (at + 1 >= text.Length)
            return 0;
        return text[at + 1] == (byte)'\n' ? 1 : 2;
    }
}
