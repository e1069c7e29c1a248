using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>One object of pg_dump's plain output: its header's facts, its statements, and the settings it relies on. Byte strings.</summary>
internal sealed record TocEntry
{
    /// <summary>pg_dump's number of the entry, or null where its output does not tell.</summary>
    public int? Id { get; init; }

    /// <summary>Numbers of the entries this one needs, as far as they are in the dump.</summary>
    public IReadOnlyList<int> Dependencies { get; init; } = [];

    public required string Name { get; init; }

    public required string Type { get; init; }

    public required string? Schema { get; init; }

    public required string? Owner { get; init; }

    /// <summary>The "-- Name: …" line as pg_dump wrote it.</summary>
    public required string HeaderLine { get; init; }

    /// <summary>Complete statements without their semicolons, in order.</summary>
    public required IReadOnlyList<string> Statements { get; init; }

    /// <summary>Settings in force that pg_dump changes along the way (default_tablespace, default_table_access_method).</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Where it stands in a dump.</summary>
    public required FrameKind Frame { get; init; }
}
