using System.Diagnostics;

namespace InMidst.Backup.Integration.Tests.Processes;

/// <summary>Asks the operating system about processes.</summary>
internal static class ProcessTable
{
    /// <summary>Whether a process of that number runs. One that ended and was not yet waited for does not.</summary>
    public static bool Runs(int processId)
    {
        string stat = $"/proc/{processId}/stat";
        if (OperatingSystem.IsLinux())
        {
            try
            {
                string text = File.ReadAllText(stat);
                return text[(text.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
            }
            catch (IOException)
            {
                return false;
            }
        }
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
