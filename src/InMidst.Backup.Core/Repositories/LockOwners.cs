using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace InMidst.Backup.Core.Repositories;

/// <summary>Which process we are, and whether another one that holds a lock still lives.</summary>
internal static class LockOwners
{
    private static readonly Lazy<LockOwner> Ours = new(() =>
    {
        int id = Environment.ProcessId;
        using Process process = Process.GetCurrentProcess();
        return new LockOwner(Environment.MachineName, id, StartOf(process)?.Start, MachineIdentity());
    });

    internal static LockOwner Current => Ours.Value;

    /// <summary>
    /// Whether the owner is known to be dead: on this machine, with no such process any more, or ours without holding that
    /// lock. Of other machines nothing is known.
    /// </summary>
    internal static bool IsDead(LockOwner owner, string lockId)
    {
        LockOwner current = Current;
        if (owner.HostName != current.HostName || owner.Machine != current.Machine)
            return false;
        if (owner.ProcessId == current.ProcessId && owner.ProcessStart == current.ProcessStart)
            return !IsHeldHere(lockId);
        return !IsRunning(owner);
    }

    /// <summary>Remembers that this process holds the lock. The registry outlives a second copy of this assembly in the process.</summary>
    internal static void Register(string lockId) => AppContext.SetData(RegistryKey(lockId), true);

    internal static void Unregister(string lockId) => AppContext.SetData(RegistryKey(lockId), null);

    internal static bool IsHeldHere(string lockId) => AppContext.GetData(RegistryKey(lockId)) is true;

    private static string RegistryKey(string lockId) => "InMidst.Backup.Lock." + lockId;

    private static bool IsRunning(LockOwner owner)
    {
        try
        {
            using Process process = Process.GetProcessById(owner.ProcessId);
            if (StartOf(process) is not { } actual)
                return true; // another account's; it may be the one
            return !actual.IsZombie && (owner.ProcessStart is null || owner.ProcessStart == actual.Start);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static (string Start, bool IsZombie)? StartOf(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? LinuxStartOf(process.Id)
                : (process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture), false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return ("", true); // it ended while we looked
        }
    }

    // proc_pid_stat(5): the name in parentheses may hold anything; after it come the state (field 3) and, as field 22, the start
    // in clock ticks since boot. Process.StartTime is computed from the wall clock and differs after that was set.
    private static (string Start, bool IsZombie) LinuxStartOf(int processId)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (fields[22 - 3], fields[0] is "Z" or "X");
    }

    // Two containers may have one host name, and each a process of our id that the other does not see.
    private static string? MachineIdentity()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        return $"{boot} {new FileInfo("/proc/self/ns/pid").LinkTarget}";
    }
}
