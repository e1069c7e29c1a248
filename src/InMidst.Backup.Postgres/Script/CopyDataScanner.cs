namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// Tells COPY data from the line <c>\.</c> that ends them. The line counts only as a whole, with LF or CRLF after it, as in psql's
/// handleCopyIn; at the end of the file it needs no newline.
/// </summary>
internal sealed class CopyDataScanner
{
    private bool _atLineStart;

    /// <summary>So many bytes at the front of the unread ones are data.</summary>
    public int Data { get; private set; }

    /// <summary>Length of the end-of-data line at the front of the unread bytes; 0 while it has not been reached.</summary>
    public int EndLine { get; private set; }

    public void Reset()
    {
        _atLineStart = true;
        Data = EndLine = 0;
    }

    /// <summary>The data that were found, which are no longer unread after that.</summary>
    public int TakeData()
    {
        int count = Data;
        Data = 0;
        return count;
    }

    /// <summary>Looks at the unread bytes, all data found before having been taken. False when more are needed to tell.</summary>
    public bool Scan(ReadOnlySpan<byte> unread, bool complete)
    {
        if (unread.IsEmpty)
            return false;
        if (_atLineStart && unread[0] == (byte)'\\')
        {
            int? line = MeasureEndLine(unread, complete);
            if (line is null)
                return false;
            EndLine = line.Value;
            if (EndLine > 0)
                return true;
        }

        int found = unread.IndexOf("\n\\."u8);
        if (found >= 0)
            Data = found + 1;
        else
            Data = !complete && unread.EndsWith("\n\\"u8) ? unread.Length - 1 : unread.Length;
        _atLineStart = unread[Data - 1] == (byte)'\n';
        return true;
    }

    private static int? MeasureEndLine(ReadOnlySpan<byte> unread, bool complete)
    {
        ReadOnlySpan<byte> longest = "\\.\r\n"u8;
        if (unread.StartsWith("\\.\n"u8))
            return 3;
        if (unread.StartsWith(longest))
            return 4;
        if (!longest.StartsWith(unread))
            return 0;
        if (!complete)
            return null;
        return unread.Length > 1 ? unread.Length : 0;
    }
}
