using System.Xml.Linq;

namespace InMidst.Backup.Help.Documentation;

/// <summary>Reads the XML of a documentation comment into blocks of text.</summary>
internal sealed class DocReader(CrefNames names)
{
    /// <summary>The names references are turned into.</summary>
    public CrefNames Names { get; } = names;

    /// <summary>The text of an element; empty when the element is missing or says nothing.</summary>
    public DocText Read(XElement? element)
    {
        if (element is null)
            return DocText.Empty;
        var builder = new DocBuilder();
        ReadContent(element, builder);
        return builder.Finish();
    }

    /// <summary>The lines of a code element, without the indentation of the comment around them.</summary>
    public static string ReadCode(XElement code)
    {
        string[] lines = code.Value.ReplaceLineEndings("\n").Split('\n');
        // Text on the line of the opening tag has no indentation of its own to measure.
        int[] indents = [.. lines.Skip(1).Where(line => line.Trim().Length > 0).Select(line => line.Length - line.TrimStart().Length)];
        int indent = indents.DefaultIfEmpty(0).Min();
        IEnumerable<string> cut = lines.Select((line, at) => at == 0 ? line.Trim() : line.Trim().Length == 0 ? "" : line[indent..].TrimEnd());
        return string.Join('\n', cut).Trim('\n');
    }

    private void ReadContent(XElement element, DocBuilder builder)
    {
        foreach (XNode node in element.Nodes())
        {
            if (node is XText text)
                builder.Text(text.Value);
            else if (node is XElement child)
                ReadElement(child, builder);
        }
    }

    private void ReadElement(XElement element, DocBuilder builder)
    {
        switch (element.Name.LocalName)
        {
            case "para":
                builder.Break();
                ReadContent(element, builder);
                builder.Break();
                break;
            case "br":
                builder.Break();
                break;
            case "list":
                ReadList(element, builder);
                break;
            case "code":
                builder.CodeBlock(ReadCode(element));
                break;
            case "c":
                builder.Code(element.Value);
                break;
            case "paramref" or "typeparamref":
                builder.Code((string?)element.Attribute("name") ?? "");
                break;
            case "see" or "seealso":
                ReadReference(element, builder);
                break;
            default:
                ReadContent(element, builder);
                break;
        }
    }

    private void ReadReference(XElement element, DocBuilder builder)
    {
        bool named = element.Value.Trim().Length > 0;
        if (element.Attribute("cref") is { } cref)
            builder.Code(named ? element.Value : Names.NameOf(cref.Value));
        else if (element.Attribute("langword") is { } word)
            builder.Code(word.Value);
        else if (element.Attribute("href") is { } address)
            builder.Text(named ? $"{element.Value} ({address.Value})" : address.Value);
    }

    private void ReadList(XElement list, DocBuilder builder)
    {
        bool numbered = (string?)list.Attribute("type") == "number";
        int number = 0;
        foreach (XElement item in list.Elements("item"))
        {
            builder.Begin(numbered ? DocBlockKind.Number : DocBlockKind.Bullet, ++number);
            if (item.Element("term") is { } term)
            {
                ReadContent(term, builder);
                builder.Text(": ");
                if (item.Element("description") is { } description)
                    ReadContent(description, builder);
            }
            else
            {
                ReadContent(item.Element("description") ?? item, builder);
            }

            builder.Break();
        }
    }
}
