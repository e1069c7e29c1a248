using System.Text;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Writes entries as pg_dump would, each frame complete in itself: settings an entry relies on are set again in its frame.</summary>
internal static class SchemaWriter
{
    /// <summary>The text of one frame, or null when no entry belongs to it.</summary>
    public static byte[]? Write(IEnumerable<TocEntry> entries, FrameKind frame)
    {
        var text = new StringBuilder();
        var inForce = new Dictionary<string, string>();
        foreach (TocEntry entry in entries.Where(e => e.Frame == frame && e.Statements.Count > 0))
        {
            foreach ((string name, string statement) in entry.Settings)
            {
                if (inForce.TryGetValue(name, out string? current) && current == statement)
                    continue;
                inForce[name] = statement;
                text.Append(statement).Append(";\n\n");
            }

            text.Append("--\n").Append(entry.HeaderLine).Append("\n--\n\n");
            foreach (string statement in entry.Statements)
                text.Append(statement).Append(";\n\n");
            text.Append('\n');
        }

        return text.Length == 0 ? null : Encoding.Latin1.GetBytes(text.ToString());
    }
}
