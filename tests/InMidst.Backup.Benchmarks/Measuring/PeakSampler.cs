namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>
/// Looks at a process and all below it several times a second, and adds up the most memory that each of those alive ever had. VmHWM is
/// kept by the kernel, so that only what happens in the last moment before a process ends can be missed.
/// </summary>
internal sealed class PeakSampler : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(40);
    private readonly int _processId;
    private readonly SandboxClock _sandbox;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _work;
    private long _peak;

    /// <summary>Begins.</summary>
    public PeakSampler(int processId)
    {
        (_processId, _sandbox) = (processId, new SandboxClock(processId));
        _work = Task.Run(WorkAsync);
    }

    /// <summary>Ends and tells the highest sum in bytes, without shells, which only wait, and without servers.</summary>
    public async Task<long> StopAsync()
    {
        await _ended.CancelAsync();
        await _work;
        return _peak;
    }

    /// <summary>Seconds of CPU of servers that the process had for itself.</summary>
    public double SandboxCpu => _sandbox.Seconds;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _ended.Dispose();
    }

    private async Task WorkAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            do
                Look();
            while (await timer.WaitForNextTickAsync(_ended.Token));
        }
        catch (OperationCanceledException)
        {
            // That is how it is told to end.
        }
    }

    private void Look()
    {
        long sum = 0;
        foreach (int id in ProcessTree.Descendants(_processId).Append(_processId))
        {
            if (ProcessTree.PeakMemory(id) is { } peak && peak.Name is not ("sh" or "bash" or "postgres"))
                sum += peak.Bytes;
        }

        _peak = Math.Max(_peak, sum);
        _sandbox.Look();
    }
}
