namespace InMidst.Backup.Testing;

/// <summary>A fault that an <see cref="HttpFaultProxy"/> has been given; disposal takes it away again, and lets go what it stalls.</summary>
public sealed class InjectedFault : IDisposable
{
    private readonly Func<ProxiedRequest, bool> _where;
    private readonly TaskCompletionSource _hit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left;
    private int _hits;

    internal InjectedFault(HttpFault fault, Func<ProxiedRequest, bool> where, int times) => (Fault, _where, _left) = (fault, where, times);

    /// <summary>How many requests it was done to.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Completes when it happens first: when the connection breaks, stalls, or is answered.</summary>
    public Task FirstHit => _hit.Task;

    internal HttpFault Fault { get; }

    internal Task Released => _released.Task;

    /// <summary>Takes it away.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _left, 0);
        _released.TrySetResult();
    }

    internal bool Claim(ProxiedRequest request)
    {
        if (Volatile.Read(ref _left) <= 0 || !_where(request))
            return false;
        if (Interlocked.Decrement(ref _left) < 0)
            return false;
        Interlocked.Increment(ref _hits);
        return true;
    }

    internal void Happened() => _hit.TrySetResult();
}
