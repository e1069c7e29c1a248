namespace InMidst.Backup.Help;

/// <summary>What kind of gap it is; the number is what MSBuild shows (<c>MIDST0003</c>).</summary>
internal enum GapCode
{
    /// <summary>The module does not import.</summary>
    Import = 1,

    /// <summary>The manifest and the assembly name different cmdlets.</summary>
    Export = 2,

    /// <summary>A cmdlet without synopsis or description.</summary>
    Cmdlet = 3,

    /// <summary>A parameter, or a value it takes, without text.</summary>
    Parameter = 4,

    /// <summary>Too few examples, or one that is not a summary, a code and paragraphs.</summary>
    Examples = 5,

    /// <summary>An example that PowerShell would refuse.</summary>
    ExampleCode = 6,

    /// <summary>An output type without text or without its two views.</summary>
    Output = 7,

    /// <summary>A committed page that says something else than the code.</summary>
    Page = 8,
}
