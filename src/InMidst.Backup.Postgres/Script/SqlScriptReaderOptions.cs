namespace InMidst.Backup.Postgres.Script;

/// <summary>How a <see cref="SqlScriptReader"/> reads.</summary>
public sealed record SqlScriptReaderOptions
{
    /// <summary>The default of <see cref="MaxStatementBytes"/>.</summary>
    public const int DefaultMaxStatementBytes = (1024 * 1024 * 1024) - (64 * 1024);

    /// <summary>
    /// The longest statement or comment that is accepted, in bytes. The default is a little less than what a server takes
    /// (MaxAllocSize, 1 GiB), and fits a string.
    /// </summary>
    public int MaxStatementBytes { get; init; } = DefaultMaxStatementBytes;

    /// <summary>Size of the read buffer in bytes; it grows only for a statement that is longer.</summary>
    public int BufferBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Whether backslashes in '…' mean themselves until the script says otherwise. pg_dump says it in its preamble since 8.2.
    /// </summary>
    public bool StandardConformingStrings { get; init; } = true;

    /// <summary>Whether the script may be one of pg_dumpall, which makes roles of the whole server and is no dump of a database.</summary>
    public bool AllowClusterDump { get; init; }
}
