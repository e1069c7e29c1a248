namespace InMidst.Backup.Help.Documentation;

/// <summary>What a block of text is.</summary>
internal enum DocBlockKind
{
    /// <summary>A paragraph.</summary>
    Paragraph,

    /// <summary>A point of an unordered list.</summary>
    Bullet,

    /// <summary>A point of an ordered list.</summary>
    Number,

    /// <summary>Lines of code.</summary>
    Code,
}
