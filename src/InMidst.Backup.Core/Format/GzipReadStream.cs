using System.IO.Compression;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Reads gzip members to the very end of a file. <see cref="GZipStream"/> takes an end inside a member, or bytes that begin no member,
/// for the end of the data and says nothing; so a small member of our own is read after the file's last byte, and if it does not come
/// out as the last bytes of all, the file does not end with a whole member.
/// </summary>
internal sealed class GzipReadStream : Stream
{
    private static readonly byte[] Seal = "-- end of file, b1f7e3c2"u8.ToArray();

    private readonly GZipStream _inner;
    private readonly byte[] _held = new byte[Seal.Length];
    private int _heldLength;

    /// <summary>Makes the stream.</summary>
    /// <param name="source">The compressed bytes; owned.</param>
    /// <param name="codec">Makes the member that is read last.</param>
    public GzipReadStream(Stream source, FrameCodec codec) =>
        _inner = new GZipStream(new SealedStream(source, codec.MakeStoredFrame(Seal)), CompressionMode.Decompress);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int taken = 0;
        while (!buffer.IsEmpty && taken == 0)
        {
            int read = _inner.Read(buffer);
            if (read == 0)
                return End();
            taken = Hold(buffer, read);
        }

        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int taken = 0;
        while (!buffer.IsEmpty && taken == 0)
        {
            int read = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return End();
            taken = Hold(buffer.Span, read);
        }

        return taken;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }

    private int End() => _heldLength == Seal.Length && _held.AsSpan().SequenceEqual(Seal)
        ? 0
        : throw new InvalidDataException("The compressed data do not end with a whole gzip member.");

    /// <summary>Keeps the last bytes back, which may be the seal, and moves those held so far in front of the rest.</summary>
    private int Hold(Span<byte> buffer, int read)
    {
        Span<byte> old = stackalloc byte[Seal.Length];
        old = old[.._heldLength];
        _held.AsSpan(0, _heldLength).CopyTo(old);
        int free = old.Length + read - Seal.Length;
        if (read >= Seal.Length)
        {
            buffer[(read - Seal.Length)..read].CopyTo(_held);
            buffer[..(read - Seal.Length)].CopyTo(buffer[old.Length..]);
            old.CopyTo(buffer);
            _heldLength = Seal.Length;
            return free;
        }

        int leaving = Math.Max(0, free);
        old[leaving..].CopyTo(_held);
        buffer[..read].CopyTo(_held.AsSpan(old.Length - leaving));
        _heldLength = old.Length - leaving + read;
        old[..leaving].CopyTo(buffer);
        return leaving;
    }

    private sealed class SealedStream(Stream source, byte[] seal) : Stream
    {
        private int _sealRead;
        private bool _ended;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = _ended ? 0 : source.Read(buffer);
            return read > 0 ? read : ReadSeal(buffer);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = _ended ? 0 : await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return read > 0 ? read : ReadSeal(buffer.Span);
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }

        private int ReadSeal(Span<byte> buffer)
        {
            _ended = true;
            int count = Math.Min(buffer.Length, seal.Length - _sealRead);
            seal.AsSpan(_sealRead, count).CopyTo(buffer);
            _sealRead += count;
            return count;
        }
    }
}
