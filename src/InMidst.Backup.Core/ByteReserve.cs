namespace InMidst.Backup.Core;

/// <summary>
/// Buffers of a <see cref="ByteBudget"/> for one who waits for them. As long as it holds less than what it was guaranteed it is served
/// at once, even beyond the budget's capacity: so each gets on, whatever the others hold, and memory is bounded by the capacity and
/// what was guaranteed.
/// </summary>
public sealed class ByteReserve
{
    private readonly ByteBudget _budget;
    private readonly long _guaranteed;

    internal ByteReserve(ByteBudget budget, long guaranteed)
    {
        _budget = budget;
        _guaranteed = guaranteed;
    }

    /// <summary>Buffers it holds. Guarded by the budget's lock.</summary>
    internal long Held { get; set; }

    /// <summary>Whether it is served although all is lent.</summary>
    internal bool MayExceed => Held < _guaranteed;

    /// <summary>Lends a buffer of <see cref="ByteBudget.BufferLength"/> bytes, whose content is anything; waits for one if need be.</summary>
    public Task<byte[]> RentAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _budget.RentAsync(this, cancellationToken);
    }

    /// <summary>Takes a buffer back.</summary>
    /// <param name="buffer">One that <see cref="RentAsync"/> lent and nobody uses any more.</param>
    public void Return(byte[] buffer) => _budget.Return(this, buffer);

    /// <summary>One who stands in line.</summary>
    internal sealed class Waiter(ByteReserve reserve, CancellationToken cancellationToken)
    {
        // What goes on afterwards must not do so under the budget's lock.
        private readonly TaskCompletionSource<byte[]> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _cancellation;

        internal ByteReserve Reserve => reserve;

        internal Task<byte[]> Task => _served.Task;

        internal void OnCancelled(Action forget) => _cancellation = cancellationToken.Register(forget);

        internal void Serve(byte[] buffer)
        {
            _served.SetResult(buffer);
            _cancellation.Unregister();
        }

        internal void Cancel() => _served.SetCanceled(cancellationToken);
    }
}
