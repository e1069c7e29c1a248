namespace InMidst.Backup.Core.Format;

/// <summary>
/// What a frame holds, in the order the kinds stand in a dump. It is the order pg_dump restores in, with two changes:
/// materialised views are filled before the event triggers exist, so that no event trigger fires on a statement of ours.
/// </summary>
public enum FrameKind
{
    /// <summary>Comments for people and the session settings every later frame relies on.</summary>
    Header,

    /// <summary>pg_dump's pre-data section without grants.</summary>
    PreData,

    /// <summary>Whole COPY blocks of one table.</summary>
    Data,

    /// <summary>Sequence values.</summary>
    Sequences,

    /// <summary>Contents of large objects (the objects themselves are made in pre-data).</summary>
    LargeObjects,

    /// <summary>Indexes, constraints other than foreign keys, rules, triggers, statistics.</summary>
    IndexesAndConstraints,

    /// <summary>Foreign keys.</summary>
    ForeignKeys,

    /// <summary>Policies, row security, publications and subscriptions.</summary>
    Policies,

    /// <summary>Grants and default privileges.</summary>
    Privileges,

    /// <summary>REFRESH MATERIALIZED VIEW of those that were populated.</summary>
    MaterializedViews,

    /// <summary>Event triggers.</summary>
    EventTriggers,

    /// <summary>The compressed index, as SQL comments.</summary>
    Index,

    /// <summary>The fixed-size end: where the index lies, and the end marker.</summary>
    Tail,
}
