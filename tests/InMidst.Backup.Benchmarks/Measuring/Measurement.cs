namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>What one run took. Times are in seconds, memory and sizes in bytes.</summary>
/// <param name="Elapsed">By the clock.</param>
/// <param name="ClientCpu">User and system time of the client and its children; null where there is no client to speak of.</param>
/// <param name="ServerCpu">User and system time of the server with all its processes, and of throwaway servers of the client.</param>
/// <param name="PeakMemory">Sum of the peaks of all processes of the client; null where there is no client to speak of.</param>
internal sealed record Measurement(double Elapsed, double? ClientCpu, double ServerCpu, long? PeakMemory)
{
    /// <summary>Bytes of the result on disk; null where there is none.</summary>
    public long? Size { get; init; }

    /// <summary>Seconds of the whole process where <see cref="Elapsed"/> is that of the cmdlet in it.</summary>
    public double? ProcessElapsed { get; init; }

    /// <summary>CPU of the whole process where <see cref="ClientCpu"/> is that of the cmdlet in it.</summary>
    public double? ProcessCpu { get; init; }
}
