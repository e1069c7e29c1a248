using System.Management.Automation;
using System.Reflection;
using System.Xml.Linq;
using InMidst.Backup.Help.Documentation;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help;

/// <summary>Puts together what the engine knows about a cmdlet and what its comments say.</summary>
internal sealed class CmdletHelpReader(XmlDocumentation documentation, DocReader texts, GapList gaps)
{
    private readonly ParameterHelpReader _parameters = new(documentation, texts, gaps);
    private readonly ExampleHelpReader _examples = new(texts, gaps);

    /// <summary>Reads one cmdlet; what is missing is reported and left empty.</summary>
    public CmdletHelp Read(CmdletInfo cmdlet)
    {
        Type type = cmdlet.ImplementingType;
        XElement? comment = documentation.Of(type);
        IReadOnlyList<ParameterHelp> parameters = _parameters.Read(cmdlet);
        return new CmdletHelp
        {
            Name = cmdlet.Name,
            Verb = cmdlet.Verb,
            Noun = cmdlet.Noun,
            Synopsis = Needed(comment, "summary", cmdlet, "synopsis").ToPlainLine(),
            Description = Needed(comment, "remarks", cmdlet, "description"),
            Syntax = [.. cmdlet.ParameterSets
                .OrderByDescending(set => set.IsDefault).ThenBy(set => set.Name, StringComparer.Ordinal)
                .Select(set => ReadSyntax(cmdlet, set, parameters))],
            Parameters = parameters,
            Inputs = Inputs(cmdlet),
            Outputs = [.. cmdlet.OutputType.Select(output => ReadOutput(cmdlet, output)).OfType<OutputHelp>().DistinctBy(output => output.Name)],
            Examples = _examples.Read(cmdlet, comment),
            Links = Links(comment),
        };
    }

    private DocText Needed(XElement? comment, string element, CmdletInfo cmdlet, string what)
    {
        DocText text = texts.Read(comment?.Element(element));
        if (text.IsEmpty)
            gaps.Add(cmdlet.ImplementingType, null, GapCode.Cmdlet, $"{cmdlet.Name} has no {what}: write <{element}> on the class.");
        return text;
    }

    private static SyntaxHelp ReadSyntax(CmdletInfo cmdlet, CommandParameterSetInfo set, IReadOnlyList<ParameterHelp> parameters)
    {
        IEnumerable<ParameterHelp> own = set.Parameters
            .Where(parameter => !ParameterHelpReader.IsCommon(parameter.Name))
            .Select(parameter => parameters.Single(known => known.Name == parameter.Name) with
            {
                Required = parameter.IsMandatory,
                Position = ParameterHelpReader.PositionOf(parameter),
                FromPipeline = parameter.ValueFromPipeline,
                FromPipelineByName = parameter.ValueFromPipelineByPropertyName,
            });
        // The order in which Get-Command -Syntax shows them.
        IEnumerable<ParameterHelp> shown = own
            .OrderBy(parameter => parameter.Position ?? int.MaxValue)
            .ThenBy(parameter => !parameter.Required)
            .ThenBy(parameter => parameter.Name is "WhatIf" or "Confirm");
        return new SyntaxHelp(set.Name, $"{cmdlet.Name} {set}", [.. shown]);
    }

    private static List<string> Inputs(CmdletInfo cmdlet) => [.. cmdlet.ParameterSets
        .SelectMany(set => set.Parameters)
        .Where(parameter => parameter.ValueFromPipeline)
        .Select(parameter => TypeNames.Full(parameter.ParameterType))
        .Distinct()
        .Order(StringComparer.Ordinal)];

    private OutputHelp? ReadOutput(CmdletInfo cmdlet, PSTypeName output)
    {
        if (output.Type == typeof(void))
            return null;
        if (output.Type?.Assembly != cmdlet.ImplementingType.Assembly)
            return new OutputHelp(output.Name, null, DocText.Empty, []);

        DocText text = texts.Read(documentation.Of(output.Type)?.Element("summary"));
        if (text.IsEmpty)
            gaps.Add(output.Type, null, GapCode.Output, $"{output.Type.Name}, which {cmdlet.Name} writes, has no text: write <summary> on it.");
        return new OutputHelp(output.Name, output.Type, text, [.. output.Type
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0)
            .Select(property => (property.Name, texts.Read(documentation.Of(property)?.Element("summary"))))]);
    }

    private List<LinkHelp> Links(XElement? comment) => [.. (comment?.Elements("seealso") ?? [])
        .Select(link => link.Attribute("cref") is { } cref
            ? new LinkHelp(texts.Names.NameOf(cref.Value), null)
            : new LinkHelp(link.Value.Trim() is { Length: > 0 } title ? title : (string)link.Attribute("href")!, (string?)link.Attribute("href")))];
}
