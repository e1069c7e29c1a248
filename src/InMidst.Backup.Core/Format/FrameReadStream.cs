using System.Buffers;
using System.IO.Hashing;

namespace InMidst.Backup.Core.Format;

/// <summary>The stored bytes of one frame, hashed while something else reads them.</summary>
public sealed class FrameReadStream : SequentialReadStream
{
    private const int BufferLength = 128 * 1024;

    private readonly Stream _stored;
    private readonly FrameEntry _frame;
    private readonly Action<int> _advanced;
    private readonly XxHash128 _hash = new();
    private long _position;

    /// <summary>Makes the stream.</summary>
    /// <param name="stored">The frame's bytes, and no others; owned.</param>
    /// <param name="frame">What the index says of the frame.</param>
    /// <param name="advanced">Told how many bytes were read.</param>
    public FrameReadStream(Stream stored, FrameEntry frame, Action<int> advanced)
    {
        _stored = stored;
        _frame = frame;
        _advanced = advanced;
    }

    /// <summary>Bytes read.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is left and says whether the frame is as it was written.</summary>
    public async Task<bool> IsWholeAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            while (await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return _position == _frame.Length && Convert.ToHexStringLower(_hash.GetCurrentHash()) == _frame.Hash;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = _stored.Read(buffer);
        Take(buffer[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _stored.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Take(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _stored.Dispose();
        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        _hash.Append(data);
        _position += data.Length;
        _advanced(data.Length);
    }
}
