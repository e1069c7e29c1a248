using InMidst.Backup.Help.Documentation;

namespace InMidst.Backup.Help.Model;

/// <summary>A type of object a cmdlet writes.</summary>
/// <param name="Name">Its full name, what the format file goes by.</param>
/// <param name="Type">The type itself when it is one of ours, else null.</param>
/// <param name="Text">What it is.</param>
/// <param name="Properties">Its properties with their texts; empty for types that are not ours.</param>
internal sealed record OutputHelp(string Name, Type? Type, DocText Text, IReadOnlyList<(string Name, DocText Text)> Properties);
