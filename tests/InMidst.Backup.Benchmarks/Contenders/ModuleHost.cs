using System.Globalization;
using System.Text.RegularExpressions;
using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Measuring;

namespace InMidst.Backup.Benchmarks.Contenders;

/// <summary>
/// Runs the staged module as a user does: a PowerShell process that imports it and calls a cmdlet. Time and CPU are those of the
/// cmdlet, with all that happens at its first call; those of the whole process stand beside them, as peers have no host to start.
/// </summary>
internal sealed partial class ModuleHost(BenchmarkOptions options, string directory)
{
    // midst has no Measure-Command. The fields of proc(5) that follow the name: 11 to 14 are the times of the process and of the
    // children it has waited for, in hundredths of a second.
    private const string Script = """
        $ErrorActionPreference = 'Stop'
        Import-Module {manifest}
        function Get-Cpu {
            $fields = ([IO.File]::ReadAllText('/proc/self/stat') -replace '(?s)^.*\) ').Split(' ')
            ([double] $fields[11] + $fields[12] + $fields[13] + $fields[14]) / 100
        }
        $cpu = Get-Cpu
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $result = {command}
        $elapsed = $watch.Elapsed.TotalSeconds
        $cpu = (Get-Cpu) - $cpu
        {check}
        [Console]::Out.WriteLine([string]::Format([cultureinfo]::InvariantCulture, 'measured {0:0.000} {1:0.00}', $elapsed, $cpu))
        """;

    /// <summary>Text as a string of PowerShell.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Runs a command and measures it.</summary>
    /// <param name="command">A pipeline; what it writes is <c>$result</c>.</param>
    /// <param name="server">The server the PG* variables name.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <param name="check">Throws if the result is not what it should be; not measured.</param>
    /// <exception cref="BenchmarkException">It failed; the message holds what it wrote to standard error.</exception>
    public async Task<Measurement> RunAsync(string command, BenchmarkServer server, CancellationToken cancellationToken, string check = "")
    {
        string file = Path.Combine(directory, "command.ps1");
        string manifest = Quote(Path.Combine(options.Root, "InMidst.Backup.psd1"));
        await File.WriteAllTextAsync(
            file, Script.Replace("{manifest}", manifest).Replace("{command}", command).Replace("{check}", check), cancellationToken);
        (Measurement whole, string output) = await MeasuredProcess.RunAsync(
            options.PowerShell[0], [.. options.PowerShell.Skip(1), "-NonInteractive", "-File", file], server, "postgres", cancellationToken);
        Match match = Measured().Match(output);
        if (!match.Success)
            throw new BenchmarkException($"The host did not tell what it measured: {output.Trim()}");
        return whole with
        {
            Elapsed = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            ClientCpu = double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
            ProcessElapsed = whole.Elapsed,
            ProcessCpu = whole.ClientCpu,
        };
    }

    [GeneratedRegex(@"^measured (\S+) (\S+)\r?$", RegexOptions.Multiline)]
    private static partial Regex Measured();
}
