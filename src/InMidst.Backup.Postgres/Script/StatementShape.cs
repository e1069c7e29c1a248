using System.Text;

namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// Follows a statement's words as far as its end depends on them: the body of CREATE [OR REPLACE] FUNCTION|PROCEDURE … BEGIN ATOMIC
/// … END (CASE … END nested), and whether COPY reads from STDIN.
/// </summary>
internal sealed class StatementShape
{
    private Kind _kind;
    private Previous _previous;
    private int _bodyDepth;

    private enum Kind
    {
        Unknown, Create, CreateOr, CreateOrReplace, Routine, Copy, Other,
    }

    private enum Previous
    {
        None, Begin, From,
    }

    /// <summary>Whether a semicolon belongs to a BEGIN ATOMIC body.</summary>
    public bool InsideBody => _bodyDepth > 0;

    /// <summary>Whether FROM STDIN of a COPY was seen.</summary>
    public bool IsCopyFromStdin { get; private set; }

    public void Reset()
    {
        _kind = Kind.Unknown;
        _previous = Previous.None;
        _bodyDepth = 0;
        IsCopyFromStdin = false;
    }

    /// <summary>Something that is no word, space or comment came.</summary>
    public void NoteSymbol() => _previous = Previous.None;

    /// <summary>An unquoted word came.</summary>
    public void NoteWord(ReadOnlySpan<byte> word, int parentheses)
    {
        switch (_kind)
        {
            case Kind.Other:
                break;
            case Kind.Routine when parentheses == 0:
                NoteRoutineWord(word);
                break;
            case Kind.Copy when parentheses == 0:
                IsCopyFromStdin |= _previous == Previous.From && Is(word, "stdin"u8);
                _previous = Is(word, "from"u8) ? Previous.From : Previous.None;
                break;
            case Kind.Routine or Kind.Copy:
                _previous = Previous.None;
                break;
            default:
                _kind = Next(_kind, word);
                break;
        }
    }

    private static Kind Next(Kind kind, ReadOnlySpan<byte> word) => kind switch
    {
        Kind.Unknown when Is(word, "create"u8) => Kind.Create,
        Kind.Unknown when Is(word, "copy"u8) => Kind.Copy,
        Kind.Create when Is(word, "or"u8) => Kind.CreateOr,
        Kind.CreateOr when Is(word, "replace"u8) => Kind.CreateOrReplace,
        Kind.Create or Kind.CreateOrReplace when Is(word, "function"u8) || Is(word, "procedure"u8) => Kind.Routine,
        _ => Kind.Other,
    };

    private void NoteRoutineWord(ReadOnlySpan<byte> word)
    {
        if (_bodyDepth == 0)
        {
            if (_previous == Previous.Begin && Is(word, "atomic"u8))
                _bodyDepth = 1;
            _previous = Is(word, "begin"u8) ? Previous.Begin : Previous.None;
        }
        else if (Is(word, "case"u8))
        {
            _bodyDepth++;
        }
        else if (Is(word, "end"u8))
        {
            _bodyDepth--;
        }
    }

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> keyword) =>
        word.Length == keyword.Length && Ascii.EqualsIgnoreCase(word, keyword);
}
