using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>One object of pg_dump's table of contents with what makes it: what a restore runs as one piece, on one connection.</summary>
internal sealed record RestoreEntry
{
    /// <summary>What the index says of it.</summary>
    public required TocEntryRecord Record { get; init; }

    /// <summary>Its place among the entries of the index.</summary>
    public required int Position { get; init; }

    /// <summary>The statements that set what it relies on, by setting.</summary>
    public required IReadOnlyDictionary<string, ScriptItem> Settings { get; init; }

    /// <summary>Its statements.</summary>
    public required IReadOnlyList<ScriptItem> Statements { get; init; }

    /// <summary>What people call it in messages.</summary>
    public string Place => Record.Schema is null ? $"{Record.Type} {Record.Name}" : $"{Record.Type} {Record.Schema}.{Record.Name}";
}
