using System.Globalization;
using System.Runtime.InteropServices;
using InMidst.Backup.Benchmarks;
using InMidst.Backup.Benchmarks.Contenders;
using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Measuring;
using InMidst.Backup.Benchmarks.Reports;
using InMidst.Backup.Benchmarks.Scenarios;

// What is measured and how stands in docs/benchmarks.md.
using var interrupted = new CancellationTokenSource();
PosixSignalRegistration[] signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal =>
    PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        interrupted.Cancel();
    }))];
try
{
    await RunAsync(BenchmarkOptions.Parse(args), interrupted.Token);
    return 0;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted.");
    return 130;
}
catch (Exception e)
{
    Console.Error.WriteLine(e is BenchmarkException ? e.Message : e.ToString());
    return 1;
}
finally
{
    foreach (PosixSignalRegistration signal in signals)
        signal.Dispose();
}

static async Task RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
{
    if (!OperatingSystem.IsLinux())
        throw new BenchmarkException("The benchmark reads /proc, so it runs on Linux only.");
    using var workspace = new Workspace();
    await using BenchmarkServer server = await BenchmarkServer.StartAsync();
    string machine = await Machine.DescribeAsync(server, workspace.Path, cancellationToken);
    Console.Out.WriteLine($"{machine}\n");
    var bench = new Bench(options, server, workspace);
    await new Rounds(server, options.Rounds).RunAsync([bench.Idle], cancellationToken);
    if (bench.Idle.Failure is { } failure)
        throw new BenchmarkException($"The module does not work: {failure}");
    var main = new MainScenario(bench);
    var growth = new GrowthScenario(bench);
    var known = new Dictionary<string, Func<ICollection<string>, CancellationToken, Task>>
    {
        ["Backup"] = main.BackupAsync,
        ["Restore"] = main.RestoreAsync,
        ["RestoreLight"] = main.RestoreLightAsync,
        ["Sizes"] = growth.SizesAsync,
        ["Tables"] = growth.TablesAsync,
        ["Shapes"] = growth.ShapesAsync,
        ["Workers"] = growth.WorkersAsync,
        ["S3"] = new S3Scenario(bench).RunAsync,
    };
    List<string> failed = [];
    foreach (string scenario in options.Scenarios)
    {
        if (!await RunScenarioAsync(scenario, known[scenario], machine, bench, cancellationToken))
            failed.Add(scenario);
    }

    if (failed.Count > 0)
        throw new BenchmarkException($"Not measured: {string.Join(", ", failed)}.");
}

// What was measured before a failure or an interruption is shown, but only complete results go into the page.
static async Task<bool> RunScenarioAsync(
    string name, Func<ICollection<string>, CancellationToken, Task> scenario, string machine, Bench bench, CancellationToken cancellationToken)
{
    List<string> tables = [];
    try
    {
        await scenario(tables, cancellationToken);
        if (bench.Options.Markdown is { } page)
            MarkdownFile.Replace(page, name, $"{machine}\n{Idle(bench.Idle)}\n\n{string.Join("\n", tables)}");
        return true;
    }
    catch (Exception e) when (e is not OperationCanceledException)
    {
        Progress.Say($"{name} FAILED: {e.Message}");
        return false;
    }
    finally
    {
        Console.Out.WriteLine($"\n{Idle(bench.Idle)}\n\n{string.Join("\n", tables)}");
    }
}

static string Idle(Series idle) => string.Create(CultureInfo.InvariantCulture,
    $"Idle host: {idle.Median(r => r.ProcessElapsed):0.00} s, {idle.Median(r => r.ProcessCpu):0.00} s of CPU, {idle.Median(r => r.PeakMemory) / 1e6:0} MB.");
