namespace InMidst.Backup.Core.Format;

/// <summary>One object of pg_dump's table of contents.</summary>
public sealed record TocEntryRecord
{
    /// <summary>pg_dump's number of the entry; null in dumps written before it was kept.</summary>
    public int? Id { get; init; }

    /// <summary>Numbers of the entries that must be there first, without repetition; null for none.</summary>
    public IReadOnlyList<int>? Dependencies { get; init; }

    /// <summary>pg_dump's tag, such as "profiles" or "TABLE profiles".</summary>
    public required string Name { get; init; }

    /// <summary>pg_dump's type, such as TABLE, FK CONSTRAINT, ACL.</summary>
    public required string Type { get; init; }

    /// <summary>Schema, or null where pg_dump writes "-".</summary>
    public string? Schema { get; init; }

    /// <summary>Owner, or null where pg_dump writes "-".</summary>
    public string? Owner { get; init; }

    /// <summary>The kind of the frame it stands in.</summary>
    public required FrameKind Frame { get; init; }

    /// <summary>Session settings that pg_dump changed before it and that are in force at it (default_tablespace …).</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }
}
