using System.Text;
using InMidst.Backup.Help.Documentation;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help.Writing;

/// <summary>The pages under docs/cmdlets, one per cmdlet. They are committed, so that a change of the surface shows in review.</summary>
internal static class MarkdownPages
{
    private const string Mark = "<!-- Written by the build from the documentation comments in src/InMidst.Backup. Edit those, not this page. -->";

    /// <summary>Writes every page that changed and removes those of cmdlets that are gone.</summary>
    public static void Write(IReadOnlyList<CmdletHelp> cmdlets, string directory)
    {
        foreach (CmdletHelp cmdlet in cmdlets)
        {
            string content = Page(cmdlet);
            if (!TextFiles.Holds(PathOf(cmdlet.Name, directory), content))
                TextFiles.Write(PathOf(cmdlet.Name, directory), content);
        }

        foreach (string stale in Stale(cmdlets, directory))
            File.Delete(stale);
    }

    /// <summary>Reports pages that writing would change or remove.</summary>
    public static void Compare(IReadOnlyList<CmdletHelp> cmdlets, string directory, GapList gaps)
    {
        foreach (string page in cmdlets.Where(cmdlet => !TextFiles.Holds(PathOf(cmdlet.Name, directory), Page(cmdlet)))
            .Select(cmdlet => PathOf(cmdlet.Name, directory)))
            gaps.AddAt(page, GapCode.Page, "The page does not say what the code says: build, and commit it.");
        foreach (string page in Stale(cmdlets, directory))
            gaps.AddAt(page, GapCode.Page, "There is no such cmdlet any more: build, and commit that the page is gone.");
    }

    private static string PathOf(string cmdlet, string directory) => Path.Combine(directory, cmdlet + ".md");

    private static List<string> Stale(IReadOnlyList<CmdletHelp> cmdlets, string directory) => !Directory.Exists(directory) ? [] :
        [.. Directory.EnumerateFiles(directory, "*.md")
            .Where(page => !cmdlets.Any(cmdlet => cmdlet.Name == Path.GetFileNameWithoutExtension(page)))
            .Where(page => File.ReadLines(page).FirstOrDefault() == Mark)
            .Order(StringComparer.Ordinal)];

    private static string Page(CmdletHelp cmdlet)
    {
        var page = new StringBuilder();
        Add(page, Mark);
        Add(page, $"# {cmdlet.Name}");
        Add(page, MarkdownText.Escape(cmdlet.Synopsis));
        Add(page, "## Syntax");
        Add(page, $"```text\n{string.Join("\n\n", cmdlet.Syntax.Select(set => set.Line))}\n```");
        Add(page, "## Description");
        Add(page, MarkdownText.Blocks(cmdlet.Description));
        Add(page, "## Examples");
        foreach (ExampleHelp example in cmdlet.Examples)
        {
            Add(page, $"### Example {example.Number}: {MarkdownText.Escape(example.Title)}");
            Add(page, $"```powershell\n{example.Code}\n```");
            Add(page, MarkdownText.Blocks(example.Text));
        }

        Add(page, "## Parameters");
        foreach (ParameterHelp parameter in cmdlet.Parameters)
            AddParameter(page, parameter);
        Add(page, "The common parameters (`-Verbose`, `-ErrorAction` and the like) are described in about\\_CommonParameters.");
        Add(page, "## Inputs");
        Add(page, cmdlet.Inputs.Count == 0 ? "None." : Points(cmdlet.Inputs.Select(MarkdownText.Code)));
        AddOutputs(page, cmdlet.Outputs);
        AddLinks(page, cmdlet.Links);
        return page.ToString().TrimEnd('\n') + "\n";
    }

    private static void AddParameter(StringBuilder page, ParameterHelp parameter)
    {
        Add(page, $"### -{parameter.Name}");
        Add(page, MarkdownText.Blocks(parameter.Text));
        Add(page, Points(Facts(parameter)));
    }

    private static IEnumerable<string> Facts(ParameterHelp parameter)
    {
        string place = parameter.Position is { } position ? $"position {position}" : "by name only";
        yield return $"Type: `{parameter.TypeName}`, {(parameter.Required ? "required" : "optional")}, {place}";
        if (parameter.Values.Count > 0)
            yield return $"Values:\n  {Points(parameter.Values.Select(ValuePoint)).ReplaceLineEndings("\n  ")}";
        if (parameter.Default is not null)
            yield return $"Default: {MarkdownText.Escape(parameter.Default)}";
        if (parameter.Aliases.Count > 0)
            yield return $"Aliases: {string.Join(", ", parameter.Aliases.Select(MarkdownText.Code))}";
        if (parameter.Wildcards)
            yield return "Wildcards: yes";
        if (parameter.FromPipeline || parameter.FromPipelineByName)
        {
            string[] ways = [.. new[] { (parameter.FromPipeline, "by value"), (parameter.FromPipelineByName, "by property name") }
                .Where(way => way.Item1).Select(way => way.Item2)];
            yield return $"From the pipeline: {string.Join(" and ", ways)}";
        }

        if (parameter.OnlyIn.Count > 0)
            yield return $"Parameter sets: {string.Join(", ", parameter.OnlyIn)}";
    }

    private static void AddOutputs(StringBuilder page, IReadOnlyList<OutputHelp> outputs)
    {
        Add(page, "## Outputs");
        if (outputs.Count == 0)
            Add(page, "None.");
        foreach (OutputHelp output in outputs)
        {
            Add(page, $"### {output.Name}");
            Add(page, MarkdownText.Blocks(output.Text));
            Add(page, Points(output.Properties.Select(ValuePoint)));
        }
    }

    private static void AddLinks(StringBuilder page, IReadOnlyList<LinkHelp> links)
    {
        if (links.Count == 0)
            return;
        Add(page, "## See also");
        Add(page, Points(links.Select(link => $"[{MarkdownText.Escape(link.Text)}]({link.Address ?? link.Text + ".md"})")));
    }

    private static string ValuePoint((string Name, DocText Text) value) =>
        value.Text.IsEmpty ? MarkdownText.Code(value.Name) : $"{MarkdownText.Code(value.Name)}: {MarkdownText.Line(value.Text)}";

    private static string Points(IEnumerable<string> points) => string.Join('\n', points.Select(point => "- " + point));

    private static void Add(StringBuilder page, string block)
    {
        if (block.Length > 0)
            page.Append(block).Append("\n\n");
    }
}
