using InMidst.Backup.Help.Documentation;

namespace InMidst.Backup.Help.Model;

/// <summary>Everything help says about one cmdlet; both MAML and the pages are written from it.</summary>
internal sealed record CmdletHelp
{
    /// <summary>The name, such as <c>Get-MidstBackup</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The part before the dash.</summary>
    public required string Verb { get; init; }

    /// <summary>The part after the dash.</summary>
    public required string Noun { get; init; }

    /// <summary>What it does, in one line.</summary>
    public required string Synopsis { get; init; }

    /// <summary>What one must know to use it.</summary>
    public required DocText Description { get; init; }

    /// <summary>One entry per parameter set, the default one first.</summary>
    public required IReadOnlyList<SyntaxHelp> Syntax { get; init; }

    /// <summary>All parameters by name, the ones every changing cmdlet has at the end.</summary>
    public required IReadOnlyList<ParameterHelp> Parameters { get; init; }

    /// <summary>The types of objects the pipeline may bring.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The types of objects it writes; none for a cmdlet that writes nothing.</summary>
    public required IReadOnlyList<OutputHelp> Outputs { get; init; }

    /// <summary>The examples, in the order written.</summary>
    public required IReadOnlyList<ExampleHelp> Examples { get; init; }

    /// <summary>Where to read on.</summary>
    public required IReadOnlyList<LinkHelp> Links { get; init; }
}
