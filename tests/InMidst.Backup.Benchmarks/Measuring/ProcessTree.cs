using System.Globalization;

namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>What proc(5) tells of a process and those below it. Processes that end while they are looked at count as nothing.</summary>
internal static class ProcessTree
{
    // proc(5): times are in clock ticks; Linux shows them to programs as USER_HZ, which is 100 on all platforms .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>The processes below this one, without it.</summary>
    public static List<int> Descendants(int processId)
    {
        var found = new List<int>();
        var next = new Stack<int>([processId]);
        while (next.TryPop(out int parent))
        {
            foreach (int child in Children(parent))
            {
                found.Add(child);
                next.Push(child);
            }
        }

        return found;
    }

    /// <summary>Seconds of CPU, user and system, of a process, its live descendants, and the children they have waited for.</summary>
    public static double CpuOfTree(int processId) => Descendants(processId).Append(processId).Sum(id => Cpu(id, 11, 12, 13, 14));

    /// <summary>Seconds of CPU of all processes this one has started and waited for, with those that these waited for.</summary>
    public static double CpuOfEndedChildren() => Cpu(Environment.ProcessId, 13, 14);

    /// <summary>The most memory in bytes that the process had resident at once so far (VmHWM), and its name; null if it has ended.</summary>
    public static (string Name, long Bytes)? PeakMemory(int processId)
    {
        string? status = Read($"/proc/{processId}/status");
        if (status is null || Field(status, "VmHWM:") is not { } peak)
            return null;
        return (Field(status, "Name:") ?? "", 1024 * long.Parse(peak.Split(' ')[0], CultureInfo.InvariantCulture));
    }

    private static string? Field(string status, string name) =>
        status.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

    // The fields are those that follow the program's name, which is in parentheses and may hold anything: 11 to 14 are utime,
    // stime, cutime and cstime.
    private static double Cpu(int processId, params ReadOnlySpan<int> fields)
    {
        if (Read($"/proc/{processId}/stat") is not { Length: > 0 } stat)
            return 0;
        string[] values = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double ticks = 0;
        foreach (int field in fields)
            ticks += double.Parse(values[field], CultureInfo.InvariantCulture);
        return ticks / TicksPerSecond;
    }

    private static IEnumerable<int> Children(int processId)
    {
        IEnumerable<string> tasks;
        try
        {
            tasks = Directory.GetDirectories($"/proc/{processId}/task");
        }
        catch (IOException)
        {
            return [];
        }

        return tasks.SelectMany(task => (Read($"{task}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
