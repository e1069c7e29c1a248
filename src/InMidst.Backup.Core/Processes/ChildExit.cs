namespace InMidst.Backup.Core.Processes;

/// <summary>How a child process ended.</summary>
/// <param name="Code">Its exit code. A process that a signal ended has 128 plus the signal's number on Unix.</param>
/// <param name="StandardErrorTail">The last 16 KiB at most of what it wrote to standard error, trimmed at the end.</param>
public sealed record ChildExit(int Code, string StandardErrorTail);
