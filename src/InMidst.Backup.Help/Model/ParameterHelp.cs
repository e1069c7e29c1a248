using InMidst.Backup.Help.Documentation;

namespace InMidst.Backup.Help.Model;

/// <summary>A parameter: what the engine knows about it and what its comment says.</summary>
internal sealed record ParameterHelp
{
    /// <summary>The name without a dash.</summary>
    public required string Name { get; init; }

    /// <summary>Its comment.</summary>
    public required DocText Text { get; init; }

    /// <summary>The type, as people write it.</summary>
    public required string TypeName { get; init; }

    /// <summary>True for a switch, which takes no value.</summary>
    public required bool IsSwitch { get; init; }

    /// <summary>True when it takes several values.</summary>
    public required bool IsArray { get; init; }

    /// <summary>True when it must be given.</summary>
    public required bool Required { get; init; }

    /// <summary>Its place, from 0, or null when it is given by name only.</summary>
    public required int? Position { get; init; }

    /// <summary>True when a whole object of the pipeline binds to it.</summary>
    public required bool FromPipeline { get; init; }

    /// <summary>True when a property of that name binds to it.</summary>
    public required bool FromPipelineByName { get; init; }

    /// <summary>Other names.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>True when it takes wildcards.</summary>
    public required bool Wildcards { get; init; }

    /// <summary>What holds when it is not given, if the comment says so.</summary>
    public required string? Default { get; init; }

    /// <summary>The values of an enumeration with their texts; empty for other types.</summary>
    public required IReadOnlyList<(string Name, DocText Text)> Values { get; init; }

    /// <summary>The parameter sets it belongs to when there are others without it.</summary>
    public required IReadOnlyList<string> OnlyIn { get; init; }

    /// <summary>What binds from the pipeline, in the words Get-Help uses.</summary>
    public string PipelineInput => (FromPipeline, FromPipelineByName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
