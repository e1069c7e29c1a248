using System.Globalization;

namespace InMidst.Backup.Core.Repositories;

/// <summary>Which process holds a lock.</summary>
/// <param name="HostName">The machine's name.</param>
/// <param name="ProcessId">The process id on that machine.</param>
/// <param name="ProcessStart">When the process started, in the system's own words; tells a process from a later one of the same id.</param>
/// <param name="Machine">What else must be equal for process ids to mean the same: the boot and the process id namespace; null where there is no such thing.</param>
public sealed record LockOwner(string HostName, int ProcessId, string? ProcessStart, string? Machine)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} on {HostName}");
}
