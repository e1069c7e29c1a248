using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Frames that one worker loads one after another.</summary>
/// <param name="Frames">The frames, in order.</param>
internal sealed record DataJob(IReadOnlyList<FrameEntry> Frames);
