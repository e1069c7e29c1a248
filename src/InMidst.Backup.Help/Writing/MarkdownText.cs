using System.Text;
using InMidst.Backup.Help.Documentation;

namespace InMidst.Backup.Help.Writing;

/// <summary>Text as Markdown.</summary>
internal static class MarkdownText
{
    /// <summary>The blocks, with an empty line between them except inside a list.</summary>
    public static string Blocks(DocText text)
    {
        var page = new StringBuilder();
        DocBlock? before = null;
        foreach (DocBlock block in text.Blocks)
        {
            if (before is not null)
                page.Append(IsListed(before) && IsListed(block) ? "\n" : "\n\n");
            page.Append(block.Kind switch
            {
                DocBlockKind.Code => $"```powershell\n{block.Spans[0].Text}\n```",
                DocBlockKind.Bullet => "- " + Spans(block),
                DocBlockKind.Number => $"{block.Number}. {Spans(block)}",
                _ => Spans(block),
            });
            before = block;
        }

        return page.ToString();
    }

    /// <summary>Everything in one line, for a point of a list.</summary>
    public static string Line(DocText text) => string.Join(' ', text.Blocks.Select(Spans));

    /// <summary>Plain text, with what Markdown would take for its own marked as text.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char letter in text)
        {
            if (letter is '\\' or '`' or '*' or '_' or '<' or '>' or '[' or ']')
                escaped.Append('\\');
            escaped.Append(letter);
        }

        return escaped.ToString();
    }

    /// <summary>Code inside a line.</summary>
    public static string Code(string code) => code.Contains('`', StringComparison.Ordinal) ? $"`` {code} ``" : $"`{code}`";

    private static bool IsListed(DocBlock block) => block.Kind is DocBlockKind.Bullet or DocBlockKind.Number;

    private static string Spans(DocBlock block) => string.Concat(block.Spans.Select(span => span.IsCode ? Code(span.Text) : Escape(span.Text)));
}
