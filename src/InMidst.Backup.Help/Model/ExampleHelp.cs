using InMidst.Backup.Help.Documentation;

namespace InMidst.Backup.Help.Model;

/// <summary>An example.</summary>
/// <param name="Number">Its place, from 1.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Code">What to type.</param>
/// <param name="Text">What happens then; may be empty.</param>
/// <param name="Run">What a test needs to run it.</param>
internal sealed record ExampleHelp(int Number, string Title, string Code, DocText Text, ExampleRun Run);
