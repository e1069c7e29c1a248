namespace InMidst.Backup.Help;

/// <summary>What the build tells the tool: where everything lies, and whether it may write.</summary>
internal sealed record HelpOptions
{
    /// <summary>The module's manifest; the module is imported from there, as a user does.</summary>
    public required string Module { get; init; }

    /// <summary>The XML documentation file of the cmdlet assembly.</summary>
    public required string Documentation { get; init; }

    /// <summary>The format file whose views the output types need.</summary>
    public required string Format { get; init; }

    /// <summary>The source directory of the cmdlets, so that a gap names the file to edit.</summary>
    public required string Source { get; init; }

    /// <summary>The MAML file that Get-Help reads.</summary>
    public required string Help { get; init; }

    /// <summary>The directory of the pages people read on the web.</summary>
    public required string Markdown { get; init; }

    /// <summary>The list of examples that the tests run.</summary>
    public required string Examples { get; init; }

    /// <summary>Report gaps and pages that differ from the code; write nothing.</summary>
    public bool CheckOnly { get; init; }

    /// <summary>Reads <c>--name value</c> pairs and the switch <c>--check</c>; <c>--root</c> fills in everything else.</summary>
    /// <exception cref="HelpOptionException">An option is unknown, lacks its value, or <c>--root</c> or <c>--documentation</c> is missing.</exception>
    public static HelpOptions Parse(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        bool checkOnly = false;
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            if (name == "--check")
                checkOnly = true;
            else if (!Known.Contains(name))
                throw new HelpOptionException($"{name} is not an option; there are --check, {string.Join(", ", Known)}.");
            else if (++i == arguments.Count)
                throw new HelpOptionException($"{name} needs a value.");
            else
                given[name] = Path.GetFullPath(arguments[i]);
        }

        return new HelpOptions
        {
            Module = Or("--module", "InMidst.Backup.psd1"),
            Documentation = given.GetValueOrDefault("--documentation") ?? throw new HelpOptionException("--documentation is missing."),
            Format = Or("--format", "src/InMidst.Backup/InMidst.Backup.Format.ps1xml"),
            Source = Or("--source", "src/InMidst.Backup"),
            Help = Or("--help", "en-US/InMidst.Backup-Help.xml"),
            Markdown = Or("--markdown", "docs/cmdlets"),
            Examples = Or("--examples", "artifacts/help/examples.json"),
            CheckOnly = checkOnly,
        };

        string Or(string name, string underRoot) => given.TryGetValue(name, out string? value)
            ? value
            : Path.GetFullPath(underRoot, given.GetValueOrDefault("--root") ?? throw new HelpOptionException("--root is missing."));
    }

    private static readonly IReadOnlyList<string> Known =
        ["--root", "--module", "--documentation", "--format", "--source", "--help", "--markdown", "--examples"];
}
