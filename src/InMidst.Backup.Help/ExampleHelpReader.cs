using System.Management.Automation;
using System.Xml.Linq;
using InMidst.Backup.Help.Documentation;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help;

/// <summary>Reads <c>&lt;example&gt;&lt;summary/&gt;&lt;code/&gt;&lt;para/&gt;&lt;/example&gt;</c> from the comment of a cmdlet's class.</summary>
internal sealed class ExampleHelpReader(DocReader texts, GapList gaps)
{
    private const int Fewest = 2;

    /// <summary>Reads the examples; one that lacks its summary or code is reported and left out.</summary>
    public IReadOnlyList<ExampleHelp> Read(CmdletInfo cmdlet, XElement? comment)
    {
        XElement[] written = [.. comment?.Elements("example") ?? []];
        if (written.Length < Fewest)
            Report(cmdlet, $"{cmdlet.Name} has {written.Length} of at least {Fewest} examples: write <example> on the class.");
        return [.. written.Select((example, at) => ReadOne(cmdlet, example, at + 1)).OfType<ExampleHelp>()];
    }

    private ExampleHelp? ReadOne(CmdletInfo cmdlet, XElement example, int number)
    {
        bool onlyKnown = example.Nodes().All(node => node switch
        {
            XText text => string.IsNullOrWhiteSpace(text.Value),
            XElement element => element.Name.LocalName is "summary" or "code" or "para" or "list",
            _ => true,
        });
        XElement[] codes = [.. example.Elements("code")];
        string title = texts.Read(example.Element("summary")).ToPlainLine();
        string code = codes.Length == 1 ? DocReader.ReadCode(codes[0]) : "";
        if (!onlyKnown || title.Length == 0 || code.Length == 0)
        {
            Report(cmdlet, $"Example {number} of {cmdlet.Name} must be a <summary>, one <code> and any <para>, and nothing else.");
            return null;
        }

        var text = new XElement("text", example.Elements().Where(element => element.Name.LocalName is "para" or "list"));
        return new ExampleHelp(number, title, code, texts.Read(text), RunOf(cmdlet, number, codes[0]));
    }

    private ExampleRun RunOf(CmdletInfo cmdlet, int number, XElement code)
    {
        string? run = (string?)code.Attribute("run");
        if (run is not (null or "true" or "server"))
            Report(cmdlet, $"Example {number} of {cmdlet.Name}: run is \"true\" (the module alone), \"server\" (PG* variables), or left out; not \"{run}\".");
        return run switch { "true" => ExampleRun.Alone, "server" => ExampleRun.Server, _ => ExampleRun.Parsed };
    }

    private void Report(CmdletInfo cmdlet, string message) => gaps.Add(cmdlet.ImplementingType, null, GapCode.Examples, message);
}
