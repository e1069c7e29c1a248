namespace InMidst.Backup.Help.Documentation;

/// <summary>The text of one documentation element, freed of its XML: what both forms of help are written from.</summary>
internal sealed record DocText(IReadOnlyList<DocBlock> Blocks)
{
    /// <summary>No text.</summary>
    public static DocText Empty { get; } = new([]);

    /// <summary>Says that nothing was written.</summary>
    public bool IsEmpty => Blocks.Count == 0;

    /// <summary>A text of one plain paragraph.</summary>
    public static DocText Of(string text) => new([new DocBlock(DocBlockKind.Paragraph, [new DocSpan(text, IsCode: false)])]);

    /// <summary>This text and another below it.</summary>
    public DocText Then(DocText other) => new([.. Blocks, .. other.Blocks]);

    /// <summary>The blocks as Get-Help shows them.</summary>
    public IEnumerable<string> ToPlain() => Blocks.Select(block => Prefix(block) + string.Concat(block.Spans.Select(span => span.Text)));

    /// <summary>Everything in one line.</summary>
    public string ToPlainLine() => string.Join(' ', ToPlain());

    private static string Prefix(DocBlock block) => block.Kind switch
    {
        DocBlockKind.Bullet => "- ",
        DocBlockKind.Number => $"{block.Number}. ",
        _ => "",
    };
}
