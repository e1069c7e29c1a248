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

    /// <summary>To how many requests it happened.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Completes when it happens first: when the connection breaks, stalls, or is answered.</summary>
    public Task FirstHit => _hit.Task;

    internal HttpFault Fault { get; }

    internal Task Released => _released.Task;

    /// <summary>Waits until it happens; whatever ends before it fails the wait.</summary>
    /// <param name="work">What is to run into it.</param>
    public async Task HappensToAsync(Task work)
    {
        if (await Task.WhenAny(FirstHit, work) == FirstHit)
            return;
        await work;
        throw new S3ServerException("What was to run into a fault has ended without.");
    }

    /// <summary>Takes it away.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _left, 0);
        _released.TrySetResult();
    }

    internal bool Claim(ProxiedRequest request)
    {
        if (Volatile.Read(ref _left) <= 0 || IsTooShort(request) || !_where(request))
            return false;
        return Interlocked.Decrement(ref _left) >= 0;
    }

    internal void Happened()
    {
        Interlocked.Increment(ref _hits);
        _hit.TrySetResult();
    }

    // A fault within a body is for those that come so far.
    private bool IsTooShort(ProxiedRequest request) =>
        Fault.What is HttpFault.Kind.CutRequest or HttpFault.Kind.StallRequest && request.ContentLength < Fault.After;
}
