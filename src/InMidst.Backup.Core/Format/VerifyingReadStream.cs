using System.IO.Hashing;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Hashes the frames of a dump while something else reads them. Reading and checking are one pass over the file.
/// </summary>
public sealed class VerifyingReadStream : SequentialReadStream
{
    private readonly Stream _inner;
    private readonly IReadOnlyList<FrameEntry> _frames;
    private readonly PartHashes? _hashes;
    private readonly XxHash128 _frameHash = new();
    private readonly List<FrameEntry> _damaged = [];
    private int _next;
    private long _position;

    /// <summary>Makes the stream.</summary>
    /// <param name="inner">The file from its first byte; owned.</param>
    /// <param name="frames">The frames to check, by offset; empty for a file without an index.</param>
    /// <param name="hashes">What <paramref name="inner"/> hashes of the objects it reads from; owned. Null for nothing.</param>
    public VerifyingReadStream(Stream inner, IReadOnlyList<FrameEntry> frames, PartHashes? hashes = null)
    {
        _inner = inner;
        _frames = frames;
        _hashes = hashes;
    }

    /// <summary>The objects that were read to their ends, as they are stored.</summary>
    public IReadOnlyList<ObjectRecord> Objects => _hashes?.Objects ?? [];

    /// <summary>Frames whose bytes differ from the index, among those read so far.</summary>
    public IReadOnlyList<FrameEntry> Damaged => _damaged;

    /// <summary>Frames not yet read to their end.</summary>
    public int Unread => _frames.Count - _next;

    /// <summary>Bytes read.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is left. All <see cref="Objects"/> are known then.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[128 * 1024];
        while (await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) > 0)
        {
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = _inner.Read(buffer);
        Take(buffer[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Take(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _hashes?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty && _next < _frames.Count)
        {
            FrameEntry frame = _frames[_next];
            int count = (int)Math.Min(data.Length, frame.Offset + frame.Length - _position);
            _frameHash.Append(data[..count]);
            _position += count;
            data = data[count..];
            if (_position == frame.Offset + frame.Length)
                EndFrame(frame);
        }

        _position += data.Length;
    }

    private void EndFrame(FrameEntry frame)
    {
        if (Convert.ToHexStringLower(_frameHash.GetCurrentHash()) != frame.Hash)
            _damaged.Add(frame);
        _frameHash.Reset();
        _next++;
    }
}
