using System.Globalization;
using System.Text;
using InMidst.Backup.Benchmarks.Measuring;

namespace InMidst.Backup.Benchmarks.Reports;

/// <summary>A table of medians in Markdown, as ratios to its first series and as figures.</summary>
internal static class ResultTable
{
    private const string Missing = "–";

    /// <summary>Writes the table.</summary>
    /// <param name="series">The rows; times and sizes are relative to those of the first.</param>
    /// <param name="idle">The host that only imports the module and connects.</param>
    public static string Write(IReadOnlyList<Series> series, Series idle)
    {
        var text = new StringBuilder();
        text.AppendLine("| | time | seconds (min–max) | whole process | client CPU | server CPU | peak MB | above idle | size MB | size |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (Series row in series)
            text.AppendLine(Row(row, series[0], idle));
        return text.ToString();
    }

    private static string Row(Series row, Series first, Series idle)
    {
        string name = row.Contender.IsOurs ? $"**{row.Contender.Name}**" : row.Contender.Name;
        if (row.Runs.Count == 0)
            return $"| {name} | {Cell(row.Failure is null ? "not measured" : $"failed: {row.Failure}")} | | | | | | | | |";

        double? memory = row.Median(r => r.PeakMemory);
        string[] cells =
        [
            row.Failure is null ? name : $"{name} (failed later: {Cell(row.Failure)})",
            Ratio(row, first, r => r.Elapsed),
            $"{Number(row.Median(r => r.Elapsed), "0.00")} ({Number(row.Runs.Min(r => r.Elapsed), "0.00")}–{Number(row.Runs.Max(r => r.Elapsed), "0.00")})",
            Number(row.Median(r => r.ProcessElapsed), "0.00"),
            Number(row.Median(r => r.ClientCpu), "0.00"),
            Number(row.Median(r => r.ServerCpu), "0.00"),
            Number(memory / 1e6, "0"),
            row.Contender.IsOurs ? Number((memory - idle.Median(r => r.PeakMemory)) / 1e6, "0") : Missing,
            Number(row.Median(r => r.Size) / 1e6, "0.0"),
            Ratio(row, first, r => r.Size),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Ratio(Series row, Series first, Func<Measurement, double?> figure) => Number(row.Median(figure) / first.Median(figure), "0.00");

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Missing;

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
