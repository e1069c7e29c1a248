using System.Globalization;
using System.Text.Json;

namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>
/// The CPU of the throwaway servers of one process. They are no children of it: pg_ctl lets go of the server. What the server uses
/// after the last look before it ends is missed.
/// </summary>
internal sealed class SandboxClock(int ownerProcessId)
{
    private readonly Dictionary<string, (int Postmaster, double Seconds)> _servers = [];

    /// <summary>Seconds so far, of all servers of the process.</summary>
    public double Seconds => _servers.Values.Sum(server => server.Seconds);

    /// <summary>Looks for new servers and at those that are known.</summary>
    public void Look()
    {
        foreach (string root in Directory.EnumerateDirectories("/tmp", "midst-*"))
        {
            foreach (string directory in Subdirectories(root).Where(directory => !_servers.ContainsKey(directory)))
            {
                if (TryFindPostmaster(directory) is { } postmaster)
                    _servers[directory] = (postmaster, 0);
            }
        }

        foreach ((string directory, (int postmaster, double seconds)) in _servers)
            _servers[directory] = (postmaster, Math.Max(seconds, ProcessTree.CpuOfTree(postmaster)));
    }

    private static string[] Subdirectories(string root)
    {
        try
        {
            return Directory.GetDirectories(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private int? TryFindPostmaster(string directory)
    {
        try
        {
            string record = Path.Combine(directory, "sandbox.json");
            if (!File.Exists(record))
                return null;
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(record));
            if (json.RootElement.GetProperty("owner").GetProperty("id").GetInt32() != ownerProcessId)
                return null;
            string first = File.ReadLines(Path.Combine(directory, "pg", "data", "postmaster.pid")).First();
            // Negative while initdb is at work (miscinit.c, CreateLockFile): that is no server yet.
            return int.Parse(first, CultureInfo.InvariantCulture) is > 0 and var postmaster ? postmaster : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            // It is just being made or removed.
            return null;
        }
    }
}
