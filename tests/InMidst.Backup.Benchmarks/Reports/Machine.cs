using System.Globalization;
using System.Runtime.InteropServices;
using InMidst.Backup.Benchmarks.Data;

namespace InMidst.Backup.Benchmarks.Reports;

/// <summary>What the results were measured on.</summary>
internal static class Machine
{
    /// <summary>One paragraph: processor, memory, disk, versions, date.</summary>
    public static async Task<string> DescribeAsync(BenchmarkServer server, string directory, CancellationToken cancellationToken)
    {
        string version = await server.AskAsync("postgres", "SELECT split_part(version(), ' on ', 1)", cancellationToken);
        string settings = string.Join(", ", BenchmarkServer.Settings.Select(setting => $"{setting.Key} = {setting.Value}"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            {DateTime.UtcNow:yyyy-MM-dd}. {Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} processors,
            {Kilobytes("/proc/meminfo", "MemTotal") / 1048576.0:0} GiB of memory, {Disk(directory)}; Linux {Environment.OSVersion.Version}, .NET {Environment.Version},
            {version}.
            Server: {settings}.
            """);
    }

    private static long Kilobytes(string file, string name) =>
        long.Parse((Field(file, name) ?? "0").Split(' ')[0], CultureInfo.InvariantCulture);

    private static string? Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();

    // The file system that holds the directory is the one with the longest mount point above it (proc(5), mounts).
    private static string Disk(string directory)
    {
        string[] mount = File.ReadLines("/proc/mounts").Select(line => line.Split(' '))
            .Where(fields => fields[1] == "/" || directory.StartsWith(fields[1] + "/", StringComparison.Ordinal))
            .MaxBy(fields => fields[1].Length)!;
        string device = Path.GetFileName(mount[0]);
        string? rotational = new[] { device, device.TrimEnd("0123456789".ToCharArray()) }
            .Select(name => $"/sys/block/{name}/queue/rotational").FirstOrDefault(File.Exists);
        // What a virtual machine says of its disk is the host's choice of words.
        string kind = device.StartsWith("vd", StringComparison.Ordinal) || device.StartsWith("xvd", StringComparison.Ordinal) ? "virtual disk"
            : rotational is null ? "disk"
            : File.ReadAllText(rotational).Trim() == "0" ? "solid-state disk" : "rotating disk";
        return $"{kind} {mount[0]} with {mount[2]}";
    }
}
