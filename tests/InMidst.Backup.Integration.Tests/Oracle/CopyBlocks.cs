using System.Text;
using System.Text.RegularExpressions;

namespace InMidst.Backup.Integration.Tests.Oracle;

/// <summary>The COPY blocks of a plain dump, read without any code of the product: for each header all rows loaded by it, sorted.</summary>
internal static partial class CopyBlocks
{
    /// <summary>The statements that set sequences, sorted, however their names are quoted.</summary>
    public static string Sequences(string script) =>
        string.Join('\n', BlockPattern().Replace(script, "").Split('\n')
            .Where(l => l.StartsWith("SELECT pg_catalog.setval(", StringComparison.Ordinal))
            .Select(l => l.Contains("setval(E'", StringComparison.Ordinal)
                ? l.Replace("setval(E'", "setval('", StringComparison.Ordinal).Replace(@"\\", @"\", StringComparison.Ordinal)
                : l)
            .Order(StringComparer.Ordinal));

    /// <summary>One text: the headers in order, below each its rows in order. Blocks with one header count as one.</summary>
    /// <param name="script">A script that holds data, one character per byte.</param>
    public static string Sorted(string script)
    {
        var blocks = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (Match block in BlockPattern().Matches(script))
        {
            // Leaves that are loaded through one root may have their columns in various orders; columns have names.
            string[] columns = [.. ColumnPattern().Matches(block.Groups["columns"].Value).Select(m => m.Value)];
            int[] order = [.. Enumerable.Range(0, columns.Length).OrderBy(i => columns[i], StringComparer.Ordinal)];
            string header = $"{block.Groups["table"].Value} ({string.Join(", ", order.Select(i => columns[i]))})";
            if (!blocks.TryGetValue(header, out List<string>? rows))
                blocks.Add(header, rows = []);
            if (block.Groups["rows"].Length > 0)
                rows.AddRange(block.Groups["rows"].Value[..^1].Split('\n').Select(row => Reordered(row, order)));
        }

        var text = new StringBuilder();
        foreach ((string header, List<string> rows) in blocks)
            text.Append(header).Append('\n').AppendJoin('\n', rows.Order(StringComparer.Ordinal)).Append('\n');
        return text.ToString();
    }

    /// <summary>The lines that belong to no block, sorted: values of sequences and large objects come in no certain order.</summary>
    public static string Rest(string script) =>
        string.Join('\n', BlockPattern().Replace(script, "").Split('\n').Order(StringComparer.Ordinal));

    private static string Reordered(string row, int[] order)
    {
        string[] values = row.Split('\t');
        return order.Length == 0 ? row : string.Join('\t', order.Select(i => values[i]));
    }

    // Names in quotes may hold anything, line ends too; a doubled quote is inside.
    [GeneratedRegex("""^COPY (?<table>(?>(?:"(?:[^"]|"")*"|[^" (\n]+)+)) (?:\((?<columns>(?>(?:"(?:[^"]|"")*"|[^")]+)+))\))? ?FROM stdin;\n(?<rows>.*?)^\\\.$""",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex("""(?>(?:"(?:[^"]|"")*"|[^", ]+)+)""")]
    private static partial Regex ColumnPattern();
}
