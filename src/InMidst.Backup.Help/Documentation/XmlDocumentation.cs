using System.Reflection;
using System.Xml.Linq;

namespace InMidst.Backup.Help.Documentation;

/// <summary>The XML documentation file the compiler wrote, by member.</summary>
internal sealed class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members;

    /// <summary>Reads the file. White space is kept: between two inline elements it is a space of the text.</summary>
    public XmlDocumentation(string path) => _members = XDocument.Load(path, LoadOptions.PreserveWhitespace)
        .Descendants("member")
        .ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);

    /// <summary>The comment of a type, or null.</summary>
    public XElement? Of(Type type) => Find("T:" + NameOf(type));

    /// <summary>The comment of a property or field, looked up where it is declared: a parameter may come from a base class.</summary>
    public XElement? Of(MemberInfo member) =>
        Find((member is FieldInfo ? "F:" : "P:") + NameOf(member.DeclaringType!) + "." + member.Name);

    private XElement? Find(string id)
    {
        // A chain of <inheritdoc cref="…"/> is followed; a circle ends as if nothing were written.
        for (var seen = new HashSet<string>(StringComparer.Ordinal); seen.Add(id);)
        {
            if (!_members.TryGetValue(id, out XElement? member))
                return null;
            if (member.Element("inheritdoc")?.Attribute("cref") is not { } inherited)
                return member;
            id = inherited.Value;
        }

        return null;
    }

    private static string NameOf(Type type) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');
}
