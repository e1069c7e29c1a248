namespace InMidst.Backup.Help.Documentation;

/// <summary>A paragraph, a point of a list, or lines of code.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Spans">Its text; never empty. Lines of code are one span.</param>
/// <param name="Number">The place in an ordered list, from 1.</param>
internal sealed record DocBlock(DocBlockKind Kind, IReadOnlyList<DocSpan> Spans, int Number = 0);
