using System.Security.Cryptography;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>The bytes of one part, in buffers of the budget. They stay until it is sent: it may have to be sent again.</summary>
/// <param name="memory">Lends the buffers.</param>
/// <param name="capacity">Bytes of a whole part.</param>
internal sealed class S3Part(ByteReserve memory, int capacity) : IDisposable
{
    private readonly List<byte[]> _buffers = [];

    /// <summary>Bytes in it.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether no more go in.</summary>
    internal bool IsFull => Length == capacity;

    /// <summary>Takes as much as fits into one buffer; waits for the buffer.</summary>
    /// <returns>How many bytes were taken.</returns>
    internal async ValueTask<int> AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        int used = Length % ByteBudget.BufferLength;
        if (used == 0)
            _buffers.Add(await memory.RentAsync(cancellationToken).ConfigureAwait(false));
        int count = Math.Min(data.Length, Math.Min(ByteBudget.BufferLength - used, capacity - Length));
        data[..count].CopyTo(_buffers[^1].AsMemory(used));
        Length += count;
        return count;
    }

    /// <summary>The MD5 of the bytes; null on a machine whose rules forbid MD5 altogether.</summary>
    internal byte[]? ComputeMd5()
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            for (int i = 0; i < _buffers.Count; i++)
                hash.AppendData(BufferAt(i).Span);
            return hash.GetHashAndReset();
        }
        catch (CryptographicException)
        {
            return null;
        }
        catch (PlatformNotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Reads the bytes from the beginning.</summary>
    /// <param name="progressed">Is told whenever some were read.</param>
    internal Stream OpenRead(Action progressed) => new S3PartStream(this, progressed);

    /// <summary>Reads bytes from a position.</summary>
    internal int Read(long position, Span<byte> destination)
    {
        if (position >= Length)
            return 0;
        ReadOnlySpan<byte> source = BufferAt((int)(position / ByteBudget.BufferLength)).Span[(int)(position % ByteBudget.BufferLength)..];
        int count = Math.Min(source.Length, destination.Length);
        source[..count].CopyTo(destination);
        return count;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (byte[] buffer in _buffers)
            memory.Return(buffer);
        _buffers.Clear();
        Length = 0;
    }

    private ReadOnlyMemory<byte> BufferAt(int index) =>
        _buffers[index].AsMemory(0, Math.Min(ByteBudget.BufferLength, Length - (index * ByteBudget.BufferLength)));
}
