using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>A part of a dump that holds no entries, rows or large objects, and how it is loaded.</summary>
/// <param name="Place">What it is, for messages.</param>
internal sealed record DumpPart(string Place)
{
    /// <summary>Loads the rows into another table than the one the dump names; null for that one.</summary>
    public string? CopyStatement { get; init; }

    /// <summary>Whether rows are frozen when they are loaded, in a transaction that truncated their table.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>
    /// Done with the rest of the part and the number of its rows before the server is told that the rows may stay. Null where there are
    /// no rows.
    /// </summary>
    public Func<SqlScriptReader, long, Task>? BeforeCopyEnds { get; init; }
}
