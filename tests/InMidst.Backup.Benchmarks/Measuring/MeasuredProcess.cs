using System.Diagnostics;
using System.Globalization;
using InMidst.Backup.Benchmarks.Data;

namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>Runs a program to its end and measures it, what it starts, and the server meanwhile. One at a time.</summary>
internal static class MeasuredProcess
{
    /// <summary>Runs a line of bash in which every program must succeed.</summary>
    /// <exception cref="BenchmarkException">It failed; the message holds what it wrote to standard error.</exception>
    public static async Task<Measurement> RunLineAsync(string line, BenchmarkServer server, string database, CancellationToken cancellationToken) =>
        (await RunAsync("bash", ["-c", $"set -o pipefail; {line}"], server, database, cancellationToken)).Measurement;

    /// <summary>Runs a program.</summary>
    /// <returns>What was measured, and what it wrote to standard output.</returns>
    /// <exception cref="BenchmarkException">It failed; the message holds what it wrote to standard error.</exception>
    public static async Task<(Measurement Measurement, string Output)> RunAsync(
        string program, IReadOnlyList<string> arguments, BenchmarkServer server, string database, CancellationToken cancellationToken)
    {
        double serverBefore = server.Cpu();
        double clientBefore = ProcessTree.CpuOfEndedChildren();
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(Describe(program, arguments, server, database))!;
        await using var sampler = new PeakSampler(process.Id);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await WaitAsync(process, cancellationToken);
        double elapsed = watch.Elapsed.TotalSeconds;
        long peak = await sampler.StopAsync();
        if (process.ExitCode != 0)
            throw new BenchmarkException($"{Path.GetFileName(program)} ended with {process.ExitCode}: {(await errors).Trim()}");
        double client = ProcessTree.CpuOfEndedChildren() - clientBefore;
        return (new Measurement(elapsed, client, server.Cpu() - serverBefore + sampler.SandboxCpu, peak), await output);
    }

    // Whoever interrupts wants all of it to end, and its files can be removed only then.
    private static async Task WaitAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }
    }

    private static ProcessStartInfo Describe(string program, IReadOnlyList<string> arguments, BenchmarkServer server, string database)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach ((string name, string value) in server.Environment)
            start.Environment[name] = value;
        start.Environment["PGDATABASE"] = database;
        start.Environment["PATH"] = string.Create(CultureInfo.InvariantCulture, $"{server.ClientDirectory}:{start.Environment["PATH"]}");
        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }
}
