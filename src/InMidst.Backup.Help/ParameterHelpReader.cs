using System.Management.Automation;
using System.Reflection;
using System.Xml.Linq;
using InMidst.Backup.Help.Documentation;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help;

/// <summary>Reads the parameters of a cmdlet, inherited ones too.</summary>
internal sealed class ParameterHelpReader(XmlDocumentation documentation, DocReader texts, GapList gaps)
{
    private const string WhatIfText = "Shows what would happen; nothing is changed.";
    private const string ConfirmText = "Asks before each change.";

    /// <summary>True for the parameters every cmdlet has, which help sums up as CommonParameters.</summary>
    public static bool IsCommon(string parameter) => Cmdlet.CommonParameters.Contains(parameter) || parameter == "UseTransaction";

    /// <summary>The place of a parameter in a set, or null: the engine marks "by name only" with a huge negative number.</summary>
    public static int? PositionOf(CommandParameterInfo parameter) => parameter.Position < 0 ? null : parameter.Position;

    /// <summary>The parameters by name, -WhatIf and -Confirm last.</summary>
    public IReadOnlyList<ParameterHelp> Read(CmdletInfo cmdlet) => [.. cmdlet.Parameters.Values
        .Where(parameter => !IsCommon(parameter.Name))
        .Select(parameter => Read(cmdlet, parameter))
        .OrderBy(parameter => parameter.Name is "WhatIf" or "Confirm")
        .ThenBy(parameter => parameter.Name, StringComparer.OrdinalIgnoreCase)];

    private ParameterHelp Read(CmdletInfo cmdlet, ParameterMetadata parameter)
    {
        CommandParameterInfo[] uses = [.. cmdlet.ParameterSets.SelectMany(set => set.Parameters).Where(use => use.Name == parameter.Name)];
        string[] sets = [.. cmdlet.ParameterSets
            .Where(set => set.Parameters.Any(use => use.Name == parameter.Name))
            .Select(set => set.Name)
            .Order(StringComparer.Ordinal)];
        MemberInfo? member = cmdlet.ImplementingType.GetMember(parameter.Name, BindingFlags.Public | BindingFlags.Instance).FirstOrDefault();
        XElement? comment = member is null ? null : documentation.Of(member);
        Type single = TypeNames.Single(parameter.ParameterType);
        DocText defaultValue = texts.Read(comment?.Element("value"));

        return new ParameterHelp
        {
            Name = parameter.Name,
            Text = TextOf(cmdlet, parameter, member, comment),
            TypeName = TypeNames.Short(parameter.ParameterType),
            IsSwitch = parameter.SwitchParameter,
            IsArray = parameter.ParameterType.IsArray,
            Required = uses.Length > 0 && uses.All(use => use.IsMandatory),
            Position = uses.Select(PositionOf).FirstOrDefault(position => position is not null),
            FromPipeline = uses.Any(use => use.ValueFromPipeline),
            FromPipelineByName = uses.Any(use => use.ValueFromPipelineByPropertyName),
            Aliases = [.. parameter.Aliases.Order(StringComparer.Ordinal)],
            Wildcards = member?.GetCustomAttribute<SupportsWildcardsAttribute>() is not null,
            Default = defaultValue.IsEmpty ? null : defaultValue.ToPlainLine(),
            Values = single.IsEnum ? [.. Enum.GetNames(single).Select(name => ValueOf(cmdlet, single, name))] : [],
            OnlyIn = sets.Length < cmdlet.ParameterSets.Count ? sets : [],
        };
    }

    private DocText TextOf(CmdletInfo cmdlet, ParameterMetadata parameter, MemberInfo? member, XElement? comment)
    {
        if (member is null && parameter.Name is "WhatIf" or "Confirm")
            return DocText.Of(parameter.Name == "WhatIf" ? WhatIfText : ConfirmText);
        DocText text = texts.Read(comment?.Element("summary"));
        if (text.IsEmpty)
        {
            gaps.Add(member?.DeclaringType ?? cmdlet.ImplementingType, parameter.Name, GapCode.Parameter,
                $"{cmdlet.Name} -{parameter.Name} has no text: write <summary> on the property.");
        }

        return text.Then(texts.Read(comment?.Element("remarks")));
    }

    private (string Name, DocText Text) ValueOf(CmdletInfo cmdlet, Type values, string name)
    {
        DocText text = texts.Read(documentation.Of(values.GetField(name)!)?.Element("summary"));
        // Values of the platform's own enumerations are documented where they come from.
        if (text.IsEmpty && values.Assembly == cmdlet.ImplementingType.Assembly)
            gaps.Add(values, name, GapCode.Parameter, $"{values.Name}.{name}, a value {cmdlet.Name} takes, has no text: write <summary> on it.");
        return (name, text);
    }
}
