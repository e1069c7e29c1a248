using System.Globalization;

namespace InMidst.Backup.Benchmarks.Reports;

/// <summary>Lines that tell what is going on.</summary>
internal static class Progress
{
    /// <summary>Writes a line with the time of day in UTC.</summary>
    public static void Say(string line) => Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss}  {line}"));
}
