namespace InMidst.Backup.Help.Documentation;

/// <summary>A run of text inside a paragraph, in plain or in code letters.</summary>
internal readonly record struct DocSpan(string Text, bool IsCode);
