namespace InMidst.Backup.Postgres.Script;

/// <summary>Walks over the first tokens of one statement.</summary>
internal sealed class StatementTokens(string text)
{
    private int _position;

    /// <summary>The next unquoted word, in lower case; null (and nothing taken) if something else comes.</summary>
    public string? NextWord()
    {
        SkipSpace();
        int end = EndOfWord(_position);
        if (end == _position)
            return null;
        string word = text[_position..end].ToLowerInvariant();
        _position = end;
        return word;
    }

    /// <summary>The next name, as it is written: words or quoted names joined by dots. Null if none comes.</summary>
    public string? NextName()
    {
        string name = "";
        do
        {
            SkipSpace();
            int end = Peek() == '"' ? EndOfQuoted(_position, '"') : EndOfWord(_position);
            if (end == _position)
                return null;
            name += (name.Length > 0 ? "." : "") + text[_position..end];
            _position = end;
        }
        while (TakeSymbol('.'));
        return name;
    }

    /// <summary>Takes the symbol if it comes next.</summary>
    public bool TakeSymbol(char symbol)
    {
        SkipSpace();
        if (Peek() != symbol)
            return false;
        _position++;
        return true;
    }

    /// <summary>Skips everything up to and with the next of these words, given in lower case, outside quotes and parentheses.</summary>
    /// <returns>False when none comes; then nothing is left.</returns>
    public bool SkipPast(params ReadOnlySpan<string> words)
    {
        int depth = 0;
        for (SkipSpace(); _position < text.Length; SkipSpace())
        {
            char c = Peek();
            if (c is '\'' or '"')
            {
                _position = EndOfQuoted(_position, c);
            }
            else if (NextWord() is { } word)
            {
                if (depth == 0 && words.Contains(word))
                    return true;
            }
            else
            {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                _position++;
            }
        }

        return false;
    }

    /// <summary>The content of the next '…'; null if something else comes.</summary>
    public string? NextString()
    {
        SkipSpace();
        if (Peek() != '\'')
            return null;
        int end = EndOfQuoted(_position, '\'');
        string content = Content(_position, end);
        _position = end;
        return content;
    }

    /// <summary>All that is left: the content if it is one '…', else as written without space around it.</summary>
    public string RestAsValue()
    {
        SkipSpace();
        if (Peek() == '\'')
        {
            int end = EndOfQuoted(_position, '\'');
            if (text.AsSpan(end).IsWhiteSpace())
                return Content(_position, end);
        }

        return text[_position..].Trim();
    }

    private char Peek() => _position < text.Length ? text[_position] : '\0';

    private string Content(int start, int end)
    {
        int last = end > start + 1 && text[end - 1] == '\'' ? end - 1 : end;
        return text[(start + 1)..last].Replace("''", "'", StringComparison.Ordinal);
    }

    private int EndOfWord(int from)
    {
        int end = from;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '$' or >= '\x80'))
            end++;
        return end;
    }

    private int EndOfQuoted(int from, char quote)
    {
        int end = from + 1;
        while (end < text.Length)
        {
            if (text[end++] != quote)
                continue;
            if (end >= text.Length || text[end] != quote)
                break;
            end++;
        }

        return end;
    }

    private void SkipSpace()
    {
        while (_position < text.Length)
        {
            if (text[_position] is ' ' or '\t' or '\n' or '\r' or '\f')
                _position++;
            else if (string.CompareOrdinal(text, _position, "--", 0, 2) == 0)
                SkipLine();
            else if (string.CompareOrdinal(text, _position, "/*", 0, 2) == 0)
                SkipBlockComment();
            else
                break;
        }
    }

    private void SkipLine()
    {
        int end = text.AsSpan(_position).IndexOfAny('\n', '\r');
        _position = end < 0 ? text.Length : _position + end;
    }

    private void SkipBlockComment()
    {
        int depth = 0;
        do
        {
            int step = 1;
            if (string.CompareOrdinal(text, _position, "/*", 0, 2) == 0)
                (depth, step) = (depth + 1, 2);
            else if (string.CompareOrdinal(text, _position, "*/", 0, 2) == 0)
                (depth, step) = (depth - 1, 2);
            _position += step;
        }
        while (depth > 0 && _position < text.Length);
    }
}
