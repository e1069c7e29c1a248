using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Frames that one worker loads one after another.</summary>
/// <param name="Frames">The frames, in order.</param>
internal sealed record DataJob(IReadOnlyList<FrameEntry> Frames)
{
    /// <summary>The position in the index of the table whose rows these are, all of them, to be loaded in one transaction; null else.</summary>
    public int? WholeTable { get; init; }
}
