using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using InMidst.Backup.Help.Documentation;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help.Writing;

/// <summary>
/// Writes the help file Get-Help reads. The order of the elements is the one of platyPS's MAML model, which PowerShell's own help uses.
/// </summary>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes the help of all cmdlets into one file.</summary>
    public static void Write(IEnumerable<CmdletHelp> cmdlets, string path)
    {
        var root = new XElement(Msh + "helpItems",
            new XAttribute("schema", "maml"),
            new XAttribute(XNamespace.Xmlns + "maml", Maml.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "command", Command.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "dev", Dev.NamespaceName),
            cmdlets.Select(Cmdlet));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using XmlWriter writer = XmlWriter.Create(path, new XmlWriterSettings { Encoding = TextFiles.Encoding, Indent = true, NewLineChars = "\n" });
        root.Save(writer);
    }

    private static XElement Cmdlet(CmdletHelp cmdlet) => new(Command + "command",
        new XElement(Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            Description(cmdlet.Synopsis)),
        Description(cmdlet.Description.ToPlain()),
        new XElement(Command + "syntax", cmdlet.Syntax.Select(set => new XElement(Command + "syntaxItem",
            new XElement(Maml + "name", cmdlet.Name),
            set.Parameters.Select(parameter => Parameter(parameter, inSyntax: true))))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(parameter => Parameter(parameter, inSyntax: false))),
        new XElement(Command + "inputTypes", OrNone(cmdlet.Inputs).Select(type => new XElement(Command + "inputType", TypeNamed(type)))),
        new XElement(Command + "returnValues", Outputs(cmdlet)),
        new XElement(Command + "examples", cmdlet.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", cmdlet.Links.Select(Link)));

    private static XElement Parameter(ParameterHelp parameter, bool inSyntax) => new(Command + "parameter",
        new XAttribute("required", Spell(parameter.Required)),
        new XAttribute("variableLength", Spell(parameter.IsArray)),
        new XAttribute("globbing", Spell(parameter.Wildcards)),
        new XAttribute("pipelineInput", parameter.PipelineInput),
        new XAttribute("position", parameter.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Maml + "name", parameter.Name),
        Description(parameter.Text.ToPlain().Concat(parameter.Values.Select(ValueLine))),
        inSyntax && parameter.Values.Count > 0
            ? new XElement(Command + "parameterValueGroup", parameter.Values.Select(value => Value(value.Name, parameter)))
            : null,
        // A switch is written without a value; in the list of parameters its type is still shown.
        inSyntax && parameter.IsSwitch ? null : Value(parameter.TypeName, parameter),
        TypeNamed(parameter.TypeName),
        new XElement(Dev + "defaultValue", parameter.Default ?? (parameter.IsSwitch ? "False" : "None")));

    private static XElement Value(string text, ParameterHelp parameter) => new(Command + "parameterValue",
        new XAttribute("required", Spell(!parameter.IsSwitch)),
        new XAttribute("variableLength", Spell(parameter.IsArray)),
        text);

    private static string ValueLine((string Name, DocText Text) value) => value.Text.IsEmpty ? $"- {value.Name}" : $"- {value.Name}: {value.Text.ToPlainLine()}";

    private static IEnumerable<XElement> Outputs(CmdletHelp cmdlet) => cmdlet.Outputs.Count == 0
        ? [new XElement(Command + "returnValue", TypeNamed("None"))]
        : cmdlet.Outputs.Select(output => new XElement(Command + "returnValue",
            TypeNamed(output.Name),
            Description(output.Text.ToPlain().Concat(output.Properties.Select(ValueLine)))));

    private static XElement Example(ExampleHelp example) => new(Command + "example",
        new XElement(Maml + "title", $"---------- Example {example.Number}: {example.Title} ----------"),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", example.Text.ToPlain().Select(Paragraph)));

    private static XElement Link(LinkHelp link) => new(Maml + "navigationLink",
        new XElement(Maml + "linkText", link.Text),
        new XElement(Maml + "uri", link.Address));

    private static IEnumerable<string> OrNone(IReadOnlyList<string> types) => types.Count == 0 ? ["None"] : types;

    private static XElement TypeNamed(string name) => new(Dev + "type", new XElement(Maml + "name", name), new XElement(Maml + "uri"));

    private static XElement Description(string paragraph) => Description([paragraph]);

    private static XElement Description(IEnumerable<string> paragraphs) => new(Maml + "description", paragraphs.Select(Paragraph));

    private static XElement Paragraph(string text) => new(Maml + "para", text);

    private static string Spell(bool value) => value ? "true" : "false";
}
