namespace InMidst.Backup.Postgres.Script;

/// <summary>One piece of a SQL script.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">
/// A byte string: each char is one byte of the file (Latin-1), so that it can be sent byte-exactly whatever the file's encoding is.
/// A statement comes without its semicolon, a comment with its <c>--</c> and without its newline.
/// </param>
/// <param name="Line">1-based line of the first character.</param>
public sealed record ScriptItem(ScriptItemKind Kind, string Text, long Line);
