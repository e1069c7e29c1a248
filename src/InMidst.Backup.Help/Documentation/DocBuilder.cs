using System.Text.RegularExpressions;

namespace InMidst.Backup.Help.Documentation;

/// <summary>Collects text into blocks; runs of white space become one space, as in any markup.</summary>
internal sealed partial class DocBuilder
{
    private readonly List<DocBlock> _blocks = [];
    private readonly List<DocSpan> _spans = [];
    private DocBlockKind _kind;
    private int _number;

    /// <summary>Plain text.</summary>
    public void Text(string text) => Add(text, isCode: false);

    /// <summary>Text in code letters.</summary>
    public void Code(string text) => Add(text.Trim(), isCode: true);

    /// <summary>Lines of code, kept as they are.</summary>
    public void CodeBlock(string code)
    {
        Break();
        if (code.Length > 0)
            _blocks.Add(new DocBlock(DocBlockKind.Code, [new DocSpan(code, IsCode: true)]));
    }

    /// <summary>Ends the block and begins one of this kind.</summary>
    public void Begin(DocBlockKind kind, int number)
    {
        Break();
        (_kind, _number) = (kind, number);
    }

    /// <summary>Ends the block; what follows is a paragraph.</summary>
    public void Break()
    {
        if (_spans.Count > 0 && !_spans[^1].IsCode)
            _spans[^1] = _spans[^1] with { Text = _spans[^1].Text.TrimEnd() };
        _spans.RemoveAll(span => span.Text.Length == 0);
        if (_spans.Count > 0)
            _blocks.Add(new DocBlock(_kind, [.. _spans], _number));
        _spans.Clear();
        (_kind, _number) = (DocBlockKind.Paragraph, 0);
    }

    /// <summary>Everything collected.</summary>
    public DocText Finish()
    {
        Break();
        return _blocks.Count == 0 ? DocText.Empty : new DocText([.. _blocks]);
    }

    private void Add(string text, bool isCode)
    {
        string single = WhiteSpace().Replace(text, " ");
        if (_spans.Count == 0 || (!_spans[^1].IsCode && _spans[^1].Text.EndsWith(' ')))
            single = single.TrimStart();
        if (single.Length == 0)
            return;
        if (_spans.Count > 0 && _spans[^1].IsCode == isCode)
            _spans[^1] = _spans[^1] with { Text = _spans[^1].Text + single };
        else
            _spans.Add(new DocSpan(single, isCode));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
