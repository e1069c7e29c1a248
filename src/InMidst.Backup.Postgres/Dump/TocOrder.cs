using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Decides in which frame an entry stands: pg_dump's own passes (main, privileges, the last things), spelled out.</summary>
internal static class TocOrder
{
    /// <summary>The frame of an entry of this type.</summary>
    /// <param name="type">pg_dump's type.</param>
    /// <param name="name">pg_dump's tag; comments and security labels carry the type of what they are about in it.</param>
    /// <param name="section">PreData or IndexesAndConstraints: the section pg_dump wrote it in.</param>
    /// <param name="previous">The frame of the entry before, which a comment or security label follows.</param>
    public static FrameKind Frame(string type, string name, FrameKind section, FrameKind previous) => type switch
    {
        "ACL" or "ACL LANGUAGE" or "DEFAULT ACL" => FrameKind.Privileges,
        "EVENT TRIGGER" => FrameKind.EventTriggers,
        "COMMENT" or "SECURITY LABEL" when name.StartsWith("EVENT TRIGGER ", StringComparison.Ordinal) => FrameKind.EventTriggers,
        "COMMENT" or "SECURITY LABEL" => previous is FrameKind.ForeignKeys or FrameKind.Policies ? previous : section,
        "MATERIALIZED VIEW DATA" => FrameKind.MaterializedViews,
        "FK CONSTRAINT" => FrameKind.ForeignKeys,
        "POLICY" or "ROW SECURITY" => FrameKind.Policies,
        _ when type.StartsWith("PUBLICATION", StringComparison.Ordinal) || type.StartsWith("SUBSCRIPTION", StringComparison.Ordinal) =>
            FrameKind.Policies,
        _ => section,
    };
}
