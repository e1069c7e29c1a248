using System.Globalization;

namespace InMidst.Backup.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed class BenchmarkOptions
{
    /// <summary>How it is called.</summary>
    public const string Usage = """
        InMidst.Backup.Benchmarks [-Size <GB>] [-Rounds <n>] [-Scenario <name>[,<name>...]] [-Workers <n>] [-Markdown <file>]
                                  [-PowerShell <program> [<argument>...]]

          -Size        GB (10^9 bytes) of COPY text of the data set. Default: 0.25
          -Rounds      how often each contender runs. Default: 3
          -Scenario    Backup, Restore, RestoreLight (together: Main), Sizes, Tables, Shapes, Workers (together: Growth), S3,
                       or All. Default: Main
          -Workers     connections of ours, and jobs of the parallel peers. Default: 2
          -Markdown    replaces the results of the scenarios that ran in this file, between its marks.
          -PowerShell  what runs the module; last on the line. Default: artifacts/shell/midst -NoModule
        """;

    private static readonly string[] Main = ["Backup", "Restore", "RestoreLight"];
    private static readonly string[] Growth = ["Sizes", "Tables", "Shapes", "Workers"];
    private static readonly string[] Every = [.. Main, .. Growth, "S3"];

    private BenchmarkOptions()
    {
    }

    /// <summary>GB (10^9 bytes) of COPY text.</summary>
    public double Size { get; private set; } = 0.25;

    /// <summary>How often each contender runs.</summary>
    public int Rounds { get; private set; } = 3;

    /// <summary>Connections of ours and of the parallel peers.</summary>
    public int Workers { get; private set; } = 2;

    /// <summary>Names of scenarios, each once.</summary>
    public IReadOnlyList<string> Scenarios { get; private set; } = Main;

    /// <summary>File to replace the results in, or null.</summary>
    public string? Markdown { get; private set; }

    /// <summary>The repository's root directory.</summary>
    public string Root { get; } = FindRoot();

    /// <summary>The program that runs the module, and its first arguments.</summary>
    public IReadOnlyList<string> PowerShell { get; private set; } = [];

    /// <summary>Reads the command line.</summary>
    /// <exception cref="BenchmarkException">It cannot be understood.</exception>
    public static BenchmarkOptions Parse(IReadOnlyList<string> args)
    {
        var options = new BenchmarkOptions();
        for (int i = 0; i < args.Count && options.PowerShell.Count == 0; i += 2)
            options.Read(args[i], i + 1 < args.Count ? [.. args.Skip(i + 1)] : throw new BenchmarkException($"{args[i]} needs a value.\n{Usage}"));
        if (options.PowerShell.Count == 0)
            options.PowerShell = [Path.Combine(options.Root, "artifacts", "shell", "midst"), "-NoModule"];
        return options;
    }

    private void Read(string option, string[] values)
    {
        switch (option.TrimStart('-').ToLowerInvariant())
        {
            case "size" when double.TryParse(values[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double size) && size is > 0 and <= 100:
                Size = size;
                break;
            case "rounds" when int.TryParse(values[0], CultureInfo.InvariantCulture, out int rounds) && rounds is > 0 and <= 100:
                Rounds = rounds;
                break;
            case "workers" when int.TryParse(values[0], CultureInfo.InvariantCulture, out int workers) && workers is > 0 and <= 64:
                Workers = workers;
                break;
            case "scenario":
                Scenarios = [.. values[0].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(Expand).Distinct()];
                break;
            case "markdown" when File.Exists(values[0]):
                Markdown = Path.GetFullPath(values[0]);
                break;
            case "powershell":
                PowerShell = values;
                break;
            default:
                throw new BenchmarkException($"'{option} {values[0]}' is not understood.\n{Usage}");
        }
    }

    private static IEnumerable<string> Expand(string name) => name.ToLowerInvariant() switch
    {
        "main" => Main,
        "growth" => Growth,
        "all" => Every,
        _ => Every.Where(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is var found && found.Any()
            ? found
            : throw new BenchmarkException($"'{name}' is not a scenario.\n{Usage}"),
    };

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "InMidst.Backup.psd1")))
                return directory.FullName;
        }

        throw new BenchmarkException("InMidst.Backup.psd1 was not found above this program.");
    }
}
