namespace InMidst.Backup.Benchmarks.Reports;

/// <summary>A page in which results stand between marks: <c>&lt;!-- results: Backup --&gt;</c> and <c>&lt;!-- end: Backup --&gt;</c>.</summary>
internal static class MarkdownFile
{
    /// <summary>Replaces what stands between the marks of a scenario.</summary>
    /// <exception cref="BenchmarkException">The page does not have the marks.</exception>
    public static void Replace(string path, string scenario, string results)
    {
        string begin = $"<!-- results: {scenario} -->";
        string end = $"<!-- end: {scenario} -->";
        string page = File.ReadAllText(path);
        int from = page.IndexOf(begin, StringComparison.Ordinal);
        int to = page.IndexOf(end, StringComparison.Ordinal);
        if (from < 0 || to < from)
            throw new BenchmarkException($"{path} has no lines '{begin}' and '{end}', so the results are only above.");
        File.WriteAllText(path, $"{page[..(from + begin.Length)]}\n\n{results.Trim()}\n\n{page[to..]}");
    }
}
