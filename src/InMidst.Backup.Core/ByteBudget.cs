using System.Diagnostics.CodeAnalysis;

namespace InMidst.Backup.Core;

/// <summary>
/// The memory that everything on the way of a backup shares, as buffers of one length that are lent and given back. Who makes frames
/// waits for none and goes on without, so that those who hold some never wait for each other. Who sends parts waits, as the holder of
/// a <see cref="ByteReserve"/>, which is lent so much in any case that it gets on by itself.
/// </summary>
public sealed class ByteBudget
{
    /// <summary>Bytes of one buffer.</summary>
    public const int BufferLength = 256 * 1024;

    // Eight workers with a frame each that nothing can compress (16 MiB of rows); of usual rows a third of that is held.
    private const long UsualCapacity = 130L << 20;

    // A process in a small container has other uses for its memory as well.
    private const int ShareOfMemory = 4;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]> _free = new();
    private readonly LinkedList<ByteReserve.Waiter> _waiting = new();
    private readonly long _capacity;
    private long _made;

    /// <summary>Makes the budget. Nothing is allocated before it is asked for; what was is kept for the next to ask.</summary>
    /// <param name="capacity">Bytes that are lent at most; null for 130 MiB, or a quarter of what the process may have if that is less.</param>
    public ByteBudget(long? capacity = null) =>
        _capacity = capacity ?? Math.Min(UsualCapacity, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMemory);

    /// <summary>Bytes that are lent now.</summary>
    public long Lent { get; private set; }

    /// <summary>Lends a buffer of <see cref="BufferLength"/> bytes, whose content is anything.</summary>
    /// <param name="buffer">The buffer, to be given back; null when all are lent.</param>
    public bool TryRent([NotNullWhen(true)] out byte[]? buffer)
    {
        lock (_lock)
        {
            buffer = HasRoom ? Take() : null;
            return buffer is not null;
        }
    }

    /// <summary>Takes a buffer back.</summary>
    /// <param name="buffer">One that <see cref="TryRent"/> lent and nobody uses any more.</param>
    public void Return(byte[] buffer)
    {
        lock (_lock)
            TakeBack(buffer);
    }

    /// <summary>Makes a borrower who waits for buffers when all are lent.</summary>
    /// <param name="guaranteed">Bytes (rounded up to buffers) that it is lent in any case, beyond the capacity if need be.</param>
    public ByteReserve Reserve(long guaranteed) => new(this, (guaranteed + BufferLength - 1) / BufferLength);

    /// <summary>Lends a buffer to a reserve, or lets it wait in line.</summary>
    internal Task<byte[]> RentAsync(ByteReserve reserve, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (HasRoom || reserve.MayExceed)
            {
                reserve.Held++;
                return Task.FromResult(Take());
            }

            var waiter = new ByteReserve.Waiter(reserve, cancellationToken);
            LinkedListNode<ByteReserve.Waiter> node = _waiting.AddLast(waiter);
            waiter.OnCancelled(() => Forget(node));
            return waiter.Task;
        }
    }

    internal void Return(ByteReserve reserve, byte[] buffer)
    {
        lock (_lock)
        {
            reserve.Held--;
            TakeBack(buffer);
        }
    }

    private bool HasRoom => Lent + BufferLength <= _capacity;

    private byte[] Take()
    {
        Lent += BufferLength;
        if (_free.TryPop(out byte[]? buffer))
            return buffer;
        _made += BufferLength;
        return GC.AllocateUninitializedArray<byte>(BufferLength);
    }

    private void TakeBack(byte[] buffer)
    {
        Lent -= BufferLength;
        if (_made > _capacity)
            _made -= BufferLength; // what was lent beyond the capacity is not kept
        else
            _free.Push(buffer);
        for (LinkedListNode<ByteReserve.Waiter>? node = _waiting.First; node is not null;)
        {
            LinkedListNode<ByteReserve.Waiter>? next = node.Next;
            if (HasRoom || node.Value.Reserve.MayExceed)
                Serve(node);
            node = next;
        }
    }

    private void Serve(LinkedListNode<ByteReserve.Waiter> node)
    {
        _waiting.Remove(node);
        byte[] buffer = Take();
        node.Value.Reserve.Held++;
        node.Value.Serve(buffer);
    }

    private void Forget(LinkedListNode<ByteReserve.Waiter> node)
    {
        lock (_lock)
        {
            if (node.List is null)
                return; // was served meanwhile
            _waiting.Remove(node);
            node.Value.Cancel();
        }
    }
}
