namespace InMidst.Backup.Postgres.Script;

/// <summary>Why <see cref="StatementLexer"/> stopped.</summary>
internal enum LexerResult
{
    /// <summary>Not at all yet; only used inside the lexer.</summary>
    Continue,

    /// <summary>The text is used up.</summary>
    NeedMore,

    /// <summary>At the semicolon that ends the statement.</summary>
    Semicolon,

    /// <summary>At a backslash outside of quotes: a psql command.</summary>
    Backslash,

    /// <summary>Behind a block comment with no statement begun before it.</summary>
    CommentClosed,
}
