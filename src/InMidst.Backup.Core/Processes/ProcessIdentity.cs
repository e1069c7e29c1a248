using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace InMidst.Backup.Core.Processes;

/// <summary>
/// One process, told apart from a later one that got the same number. Can be written down and asked again after a
/// restart of the machine or from inside another container, and never takes a stranger for the process meant.
/// </summary>
/// <param name="Id">The operating system's number.</param>
/// <param name="Start">When it started. On Linux the boot and the clock ticks since: setting the clock does not change it.</param>
/// <param name="Place">The machine, and on Linux the namespace, in which the number means something.</param>
public sealed record ProcessIdentity(int Id, string Start, string Place)
{
    private static readonly string Here = DescribePlace();

    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } =
        Of(Environment.ProcessId) ?? throw new InvalidOperationException("This process cannot see itself.");

    /// <summary>The running process of that number, or null when there is none or it is not for us to see.</summary>
    public static ProcessIdentity? Of(int id) =>
        (OperatingSystem.IsLinux() ? LinuxStart(id) : OtherStart(id)) is { } start ? new ProcessIdentity(id, start, Here) : null;

    /// <summary>Whether that process still runs.</summary>
    public ProcessState Ask()
    {
        if (Place != Here)
            return ProcessState.Unknown;
        return Of(Id)?.Start == Start ? ProcessState.Running : ProcessState.Ended;
    }

    // proc(5): after the name in parentheses, which may hold anything, come the state (field 3) and the rest;
    // field 22 is the start in clock ticks since boot.
    private static string? LinuxStart(int id)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            bool ended = fields[0] is "Z" or "X";
            return ended ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}:{fields[19]}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? OtherStart(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.HasExited
                ? null
                : new DateTimeOffset(process.StartTime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    private static string DescribePlace() => OperatingSystem.IsLinux()
        ? $"{Environment.MachineName} {new FileInfo("/proc/self/ns/pid").LinkTarget}"
        : Environment.MachineName;
}
