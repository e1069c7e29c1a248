using System.Diagnostics.CodeAnalysis;

namespace InMidst.Backup.Core;

/// <summary>
/// The memory that everything on the way of a backup shares, as buffers of one length that are lent and given back. Nobody waits for
/// a buffer: who gets none goes on without, so that those who hold some never wait for each other.
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
            if (!_free.TryPop(out buffer))
            {
                if (_made + BufferLength > _capacity)
                    return false;
                _made += BufferLength;
                buffer = GC.AllocateUninitializedArray<byte>(BufferLength);
            }

            Lent += BufferLength;
            return true;
        }
    }

    /// <summary>Takes a buffer back.</summary>
    /// <param name="buffer">One that <see cref="TryRent"/> lent and nobody uses any more.</param>
    public void Return(byte[] buffer)
    {
        lock (_lock)
        {
            Lent -= BufferLength;
            _free.Push(buffer);
        }
    }
}
