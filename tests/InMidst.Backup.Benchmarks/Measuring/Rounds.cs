using System.Globalization;
using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Reports;

namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>
/// Runs contenders in turn, round after round, so that a slow quarter of an hour of the machine hits all of them. Each round begins with
/// the next one.
/// </summary>
internal sealed class Rounds(BenchmarkServer server, int count)
{
    /// <summary>Runs all of them. One that fails is left out from then on, and the others go on.</summary>
    /// <param name="series">Takes the results as they come; what was measured before an interruption is in it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task RunAsync(IReadOnlyList<Series> series, CancellationToken cancellationToken)
    {
        for (int round = 0; round < count; round++)
        {
            for (int turn = 0; turn < series.Count; turn++)
            {
                Series next = series[(round + turn) % series.Count];
                if (next.Failure is null)
                    await RunAsync(next, round, cancellationToken);
            }
        }
    }

    private async Task RunAsync(Series series, int round, CancellationToken cancellationToken)
    {
        string name = series.Contender.Name.Replace("\\|", "|", StringComparison.Ordinal);
        try
        {
            await server.ExecuteAsync("postgres", "CHECKPOINT", cancellationToken);
            Measurement run = await series.Contender.RunAsync(cancellationToken);
            series.Runs.Add(run);
            Progress.Say(string.Create(CultureInfo.InvariantCulture,
                $"round {round + 1}: {run.Elapsed,8:0.00} s, CPU {run.ClientCpu ?? 0,7:0.00} + {run.ServerCpu,7:0.00} s, {(run.PeakMemory ?? 0) / 1e6,5:0} MB  {name}"));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            series.Failure = e.Message.Split('\n')[0];
            Progress.Say($"round {round + 1}: FAILED  {name}: {e.Message}");
        }
    }
}
