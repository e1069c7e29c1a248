using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Script;

/// <summary>Watches for the line that complete dumps end with. Only what ends the file completes it: any statement after it begins anew.</summary>
internal sealed class EndMark
{
    /// <summary>Whether the items so far are a complete dump.</summary>
    public bool IsReached { get; private set; }

    /// <summary>Takes the next item.</summary>
    public void Note(ScriptItem item) =>
        IsReached = item.Kind == ScriptItemKind.Comment && (IsReached || item.Text.TrimEnd('\r') == DumpTail.EndMarker);
}
