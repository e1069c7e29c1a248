namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// Finds the end of one statement as psql does (PostgreSQL's fe_utils/psqlscan.l gives the rules), resumable at any byte: it is shown
/// the statement from its first byte on, with more at the end each time.
/// </summary>
/// <remarks>
/// Two rules are the server's rather than psql's, for psql gets them wrong: a string that goes on after a newline keeps its kind, and
/// only BEGIN ATOMIC opens a body (psql takes a function or column named "begin" for one).
/// </remarks>
internal sealed class StatementLexer
{
    private readonly StatementShape _shape = new();
    private Inside _inside;
    private int _tokenStart;
    private int _commentDepth;
    private int _parentheses;
    private bool _anyToken;
    private byte[] _dollarTag = [];
    private StringPrefix _prefix;
    private int _prefixEnd;
    private bool _escapedString;
    private int _stringEnd;
    private bool _newlineSinceString;

    private enum Inside
    {
        Nothing, Word, PlainString, EscapedString, QuotedName, LineComment, BlockComment, DollarTag, DollarString,
    }

    private enum StringPrefix
    {
        None, Escape, Plain, U, UAmpersand,
    }

    /// <summary>The session's standard_conforming_strings.</summary>
    public bool StandardStrings { get; set; } = true;

    /// <summary>How characters of the session's client_encoding are read.</summary>
    public EncodingRules Encoding { get; set; } = EncodingRules.Safe;

    /// <summary>The first byte not looked at yet; at a semicolon or backslash, that byte.</summary>
    public int Position { get; private set; }

    /// <summary>Whether the statement is a COPY … FROM STDIN.</summary>
    public bool IsCopyFromStdin => _shape.IsCopyFromStdin;

    public void Reset()
    {
        _shape.Reset();
        _inside = Inside.Nothing;
        _parentheses = 0;
        _anyToken = false;
        _prefixEnd = _stringEnd = -1;
        Position = 0;
    }

    /// <summary>Goes on from <see cref="Position"/>.</summary>
    /// <param name="text">The statement so far, from its first byte.</param>
    /// <param name="complete">Whether nothing can follow.</param>
    public LexerResult Scan(ReadOnlySpan<byte> text, bool complete)
    {
        LexerResult result;
        do
        {
            result = _inside switch
            {
                Inside.Nothing => ScanOutside(text, complete),
                Inside.Word => ScanWord(text, complete),
                Inside.PlainString => ScanQuoted(text, (byte)'\''),
                Inside.EscapedString => ScanQuoted(text, (byte)'\''),
                Inside.QuotedName => ScanQuoted(text, (byte)'"'),
                Inside.LineComment => ScanLineComment(text),
                Inside.BlockComment => ScanBlockComment(text),
                Inside.DollarTag => ScanDollarTag(text, complete),
                _ => ScanDollarString(text),
            };
        }
        while (result == LexerResult.Continue);
        return result;
    }

    private LexerResult ScanOutside(ReadOnlySpan<byte> text, bool complete)
    {
        while (Position < text.Length)
        {
            byte b = text[Position];
            if (IsWordStart(b))
                return Enter(Inside.Word, 0);
            switch (b)
            {
                case (byte)' ' or (byte)'\t' or (byte)'\f':
                    Position++;
                    break;
                case (byte)'\n' or (byte)'\r':
                    _newlineSinceString = true;
                    Position++;
                    break;
                case (byte)'\'':
                    return OpenString();
                case (byte)'"':
                    NoteToken();
                    return Enter(Inside.QuotedName, 1);
                case (byte)'$':
                    NoteToken();
                    return Enter(Inside.DollarTag, 1);
                case (byte)';' when _parentheses == 0 && !_shape.InsideBody:
                    return LexerResult.Semicolon;
                case (byte)'\\':
                    return LexerResult.Backslash;
                case (byte)'-' or (byte)'/':
                    if (Position + 1 >= text.Length && !complete)
                        return LexerResult.NeedMore;
                    if (EnterComment(text))
                        return LexerResult.Continue;
                    break;
                default:
                    TakeSymbol(b);
                    break;
            }
        }

        return LexerResult.NeedMore;
    }

    private LexerResult Enter(Inside inside, int opening)
    {
        _inside = inside;
        _tokenStart = Position;
        Position += opening;
        return LexerResult.Continue;
    }

    private bool EnterComment(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = text[Position..];
        if (rest.StartsWith("--"u8))
        {
            Enter(Inside.LineComment, 2);
            return true;
        }

        if (rest.StartsWith("/*"u8))
        {
            _commentDepth = 0;
            Enter(Inside.BlockComment, 2);
            return true;
        }

        TakeSymbol(text[Position]);
        return false;
    }

    private void TakeSymbol(byte b)
    {
        NoteToken();
        if (b == (byte)'(')
            _parentheses++;
        else if (b == (byte)')' && _parentheses > 0)
            _parentheses--;
        else if (b == (byte)'&' && _prefix == StringPrefix.U && _prefixEnd == Position)
            (_prefix, _prefixEnd) = (StringPrefix.UAmpersand, Position + 1);
        Position++;
    }

    private void NoteToken()
    {
        _anyToken = true;
        _stringEnd = -1;
        _shape.NoteSymbol();
    }

    private LexerResult OpenString()
    {
        // '' inside a string, or a string that goes on after a newline, stays what it was.
        bool continued = _stringEnd >= 0 && (_stringEnd == Position || _newlineSinceString);
        bool prefixed = _prefixEnd == Position;
        if (!continued)
        {
            _escapedString = (prefixed ? _prefix : StringPrefix.None) switch
            {
                StringPrefix.Escape => true,
                StringPrefix.Plain or StringPrefix.UAmpersand => false,
                _ => !StandardStrings,
            };
        }

        NoteToken();
        return Enter(_escapedString ? Inside.EscapedString : Inside.PlainString, 1);
    }

    private LexerResult ScanQuoted(ReadOnlySpan<byte> text, byte quote)
    {
        var stops = _inside switch
        {
            Inside.QuotedName => Encoding.QuotedNameStops,
            Inside.EscapedString => Encoding.EscapedStringStops,
            _ => Encoding.PlainStringStops,
        };
        while (true)
        {
            int found = text[Position..].IndexOfAny(stops);
            if (found < 0)
            {
                Position = text.Length;
                return LexerResult.NeedMore;
            }

            Position += found;
            if (text[Position] == quote)
                break;
            int escape = text[Position] == (byte)'\\' ? 1 : 0;
            int width = Encoding.WidthAt(text, Position + escape);
            if (width == 0)
                return LexerResult.NeedMore;
            Position += escape + width;
        }

        Position++;
        _stringEnd = _inside == Inside.QuotedName ? -1 : Position;
        _newlineSinceString = false;
        _inside = Inside.Nothing;
        return LexerResult.Continue;
    }

    private LexerResult ScanLineComment(ReadOnlySpan<byte> text)
    {
        int found = text[Position..].IndexOfAny((byte)'\n', (byte)'\r');
        if (found < 0)
        {
            Position = text.Length;
            return LexerResult.NeedMore;
        }

        Position += found;
        _inside = Inside.Nothing;
        return LexerResult.Continue;
    }

    private LexerResult ScanBlockComment(ReadOnlySpan<byte> text)
    {
        while (_commentDepth >= 0)
        {
            int found = text[Position..].IndexOfAny((byte)'*', (byte)'/');
            if (found < 0)
            {
                Position = text.Length;
                return LexerResult.NeedMore;
            }

            Position += found;
            if (Position + 1 >= text.Length)
                return LexerResult.NeedMore;
            (int step, int depth) = (text[Position], text[Position + 1]) switch
            {
                ((byte)'*', (byte)'/') => (2, -1),
                ((byte)'/', (byte)'*') => (2, 1),
                _ => (1, 0),
            };
            Position += step;
            _commentDepth += depth;
        }

        _inside = Inside.Nothing;
        _stringEnd = -1;
        return _anyToken ? LexerResult.Continue : LexerResult.CommentClosed;
    }

    private LexerResult ScanWord(ReadOnlySpan<byte> text, bool complete)
    {
        if (!SkipWord(text, dollars: true))
        {
            if (!complete)
                return LexerResult.NeedMore;
            Position = text.Length;
        }

        ReadOnlySpan<byte> word = text[_tokenStart..Position];
        _anyToken = true;
        _stringEnd = -1;
        _shape.NoteWord(word, _parentheses);
        if (word.Length == 1)
        {
            _prefixEnd = Position;
            _prefix = (word[0] | 0x20) switch
            {
                'e' => StringPrefix.Escape,
                'b' or 'x' => StringPrefix.Plain,
                'u' => StringPrefix.U,
                _ => StringPrefix.None,
            };
        }

        _inside = Inside.Nothing;
        return LexerResult.Continue;
    }

    /// <summary>Moves behind the characters of a word or dollar tag; false when the text ends before they do.</summary>
    private bool SkipWord(ReadOnlySpan<byte> text, bool dollars)
    {
        while (Position < text.Length)
        {
            byte b = text[Position];
            if (!IsWordStart(b) && !char.IsAsciiDigit((char)b) && !(dollars && b == (byte)'$'))
                return true;
            int width = b < 0x80 ? 1 : Encoding.WidthAt(text, Position);
            if (width == 0)
                break;
            Position += width;
        }

        return false;
    }

    private LexerResult ScanDollarTag(ReadOnlySpan<byte> text, bool complete)
    {
        bool digitFirst = _tokenStart + 1 < text.Length && char.IsAsciiDigit((char)text[_tokenStart + 1]);
        bool ended = digitFirst || SkipWord(text, dollars: false);
        if (!ended && !complete)
            return LexerResult.NeedMore;
        if (ended && !digitFirst && text[Position] == (byte)'$')
        {
            Position++;
            _dollarTag = text[_tokenStart..Position].ToArray();
            _inside = Inside.DollarString;
            return LexerResult.Continue;
        }

        // Not a quote after all: a lone dollar sign, and whatever comes next.
        Position = _tokenStart + 1;
        _inside = Inside.Nothing;
        return LexerResult.Continue;
    }

    private LexerResult ScanDollarString(ReadOnlySpan<byte> text)
    {
        int found = text[Position..].IndexOf(_dollarTag);
        if (found < 0)
        {
            Position = Math.Max(Position, text.Length - _dollarTag.Length + 1);
            return LexerResult.NeedMore;
        }

        Position += found + _dollarTag.Length;
        _inside = Inside.Nothing;
        return LexerResult.Continue;
    }

    private static bool IsWordStart(byte b) => b >= 0x80 || (uint)((b | 0x20) - 'a') <= 'z' - 'a' || b == (byte)'_';
}
