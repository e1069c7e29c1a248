namespace InMidst.Backup.Core.Processes;

/// <summary>How a short-lived child ended and what it said.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="StandardOutput">The first 64 KiB at most of its standard output.</param>
/// <param name="StandardErrorTail">The last 16 KiB at most of its standard error.</param>
public sealed record ChildOutput(int Code, string StandardOutput, string StandardErrorTail);
