using System.Reflection;
using System.Xml.Linq;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help.Checks;

/// <summary>The format file must hold a table and a list for every output type of ours, and name only what exists.</summary>
internal sealed class ViewCheck(string format, Assembly assembly, GapList gaps)
{
    /// <summary>Reports output types without a view, views of types that are gone, and columns of properties that are gone.</summary>
    public void Run(IEnumerable<OutputHelp> outputs)
    {
        XElement[] views = [.. XDocument.Load(format).Descendants("View")];
        ILookup<string, XElement> byType = views
            .SelectMany(view => TypesOf(view).Select(type => (type, view)))
            .ToLookup(pair => pair.type, pair => pair.view, StringComparer.Ordinal);

        foreach (OutputHelp output in outputs.Where(output => output.Type is not null).DistinctBy(output => output.Name))
        {
            foreach (string control in new[] { "TableControl", "ListControl" })
            {
                if (!byType[output.Name].Any(view => view.Element(control) is not null))
                    Report($"{output.Name} is written by a cmdlet but has no view with a {control}.");
            }
        }

        foreach (IGrouping<string, XElement> group in byType)
            CheckExists(group.Key, group);
    }

    private static IEnumerable<string> TypesOf(XElement view) =>
        view.Elements("ViewSelectedBy").Elements("TypeName").Select(name => name.Value.Trim());

    private void CheckExists(string typeName, IEnumerable<XElement> views)
    {
        // Other modules' types may have views too; only a name in our namespace must be one of ours.
        if (!typeName.StartsWith(assembly.GetName().Name + ".", StringComparison.Ordinal))
            return;
        if (assembly.GetType(typeName) is not { } type)
        {
            Report($"There is a view for {typeName}, but no such type.");
            return;
        }

        IEnumerable<string> named = views.Descendants("PropertyName").Select(property => property.Value.Trim()).Distinct(StringComparer.Ordinal);
        foreach (string property in named.Where(property => type.GetProperty(property) is null))
            Report($"The view of {typeName} shows {property}, but the type has no such property.");
    }

    private void Report(string message) => gaps.AddAt(format, GapCode.Output, message);
}
