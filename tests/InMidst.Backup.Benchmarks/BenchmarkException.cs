namespace InMidst.Backup.Benchmarks;

/// <summary>A run failed, or the command line is wrong; the message is shown as it is.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
