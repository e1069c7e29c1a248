namespace InMidst.Backup.Postgres.Tests.Script;

/// <summary>A stream whose reads end where the test wants them to.</summary>
internal sealed class ChunkedStream(byte[] content, Func<int> nextChunk) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Take(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Take(buffer.Span));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Take(Span<byte> target)
    {
        int count = Math.Min(Math.Min(target.Length, nextChunk()), content.Length - _position);
        content.AsSpan(_position, count).CopyTo(target);
        _position += count;
        return count;
    }
}
