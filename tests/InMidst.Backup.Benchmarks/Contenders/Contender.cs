using InMidst.Backup.Benchmarks.Measuring;

namespace InMidst.Backup.Benchmarks.Contenders;

/// <summary>Something that is measured.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="RunAsync">Runs it once. What it needs first, and what has to be gone first, is its own affair and not measured.</param>
internal sealed record Contender(string Name, Func<CancellationToken, Task<Measurement>> RunAsync)
{
    /// <summary>It is this project's.</summary>
    public bool IsOurs { get; init; }
}
