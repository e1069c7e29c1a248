namespace InMidst.Backup.Core.Processes;

/// <summary>What can be said about a process that was written down earlier.</summary>
public enum ProcessState
{
    /// <summary>It ran on another machine or in another container: nothing can be said from here.</summary>
    Unknown,

    /// <summary>It is that very process, and it runs.</summary>
    Running,

    /// <summary>It has ended; its number may belong to another process by now.</summary>
    Ended,
}
