using System.IO.Hashing;
using System.Security.Cryptography;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Writes the frames of one dump one after another and the trailer at the end. Raw bytes go through the compressor straight into
/// the upload: no more than a buffer is held, whatever the size of a frame or row. One frame at a time, one caller at a time.
/// </summary>
public sealed class DumpFileWriter : IAsyncDisposable
{
    private readonly FrameCodec _codec;
    private readonly int? _level;
    private readonly UploadSink _sink;
    private readonly List<FrameEntry> _frames = [];
    private FrameStream? _current;

    /// <summary>Makes the writer.</summary>
    /// <param name="upload">Where the bytes go; owned by the caller, who completes it after <see cref="CompleteAsync"/>.</param>
    /// <param name="codec">Compression of the frames.</param>
    /// <param name="level">Compression level, or null for the codec's default.</param>
    public DumpFileWriter(StorageUpload upload, FrameCodec codec, int? level)
    {
        _sink = new UploadSink(upload);
        _codec = codec;
        _level = level;
    }

    /// <summary>The frames that are complete.</summary>
    public IReadOnlyList<FrameEntry> Frames => _frames;

    /// <summary>Bytes of the file so far, buffered ones included.</summary>
    public long Length => _sink.Position;

    /// <summary>Begins a frame and returns the stream for its raw bytes (asynchronous writes only).</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="table">For data frames the position in <see cref="DumpIndex.Tables"/>.</param>
    public Stream BeginFrame(FrameKind kind, int? table = null)
    {
        if (_current is not null)
            throw new InvalidOperationException("A frame is open already.");
        _sink.BeginFrame();
        _current = new FrameStream(kind, table, _sink.Position, _codec.CreateCompressor(_sink, _level));
        return _current;
    }

    /// <summary>Ends the open frame.</summary>
    /// <param name="rows">Rows in it, for data frames.</param>
    public async Task<FrameEntry> EndFrameAsync(long? rows = null)
    {
        FrameStream frame = _current ?? throw new InvalidOperationException("No frame is open.");
        await frame.Compressor.DisposeAsync().ConfigureAwait(false);
        _current = null;
        var entry = new FrameEntry
        {
            Kind = frame.Kind,
            Offset = frame.Offset,
            Length = _sink.Position - frame.Offset,
            RawLength = frame.RawLength,
            Hash = _sink.EndFrame(),
            Table = frame.Table,
            Rows = rows,
        };
        _frames.Add(entry);
        return entry;
    }

    /// <summary>Writes a whole frame of text.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="content">Its raw bytes.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public async Task WriteFrameAsync(FrameKind kind, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Stream frame = BeginFrame(kind);
        await frame.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        await EndFrameAsync().ConfigureAwait(false);
    }

    /// <summary>Writes index and tail. The upload then holds the whole file, not yet completed.</summary>
    /// <param name="index">The index; its frames are <see cref="Frames"/>.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>Where the index lies, and the SHA-256 of the whole file.</returns>
    public async Task<(IndexLocation Index, string Sha256)> CompleteAsync(DumpIndex index, CancellationToken cancellationToken)
    {
        if (_current is not null)
            throw new InvalidOperationException("A frame is still open.");
        using var frame = new MemoryStream();
        Stream compressor = _codec.CreateCompressor(frame, level: null);
        await using (compressor.ConfigureAwait(false))
        {
            await compressor.WriteAsync(IndexText.Make(index), cancellationToken).ConfigureAwait(false);
        }

        byte[] bytes = frame.ToArray();
        var location = new IndexLocation(_sink.Position, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        await _sink.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await _sink.WriteAsync(DumpTail.Make(_codec, location), cancellationToken).ConfigureAwait(false);
        string sha256 = await _sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return (location, sha256);
    }

    /// <summary>Gives up an open frame.</summary>
    public async ValueTask DisposeAsync()
    {
        _sink.Close();
        if (_current is not null)
            await _current.Compressor.DisposeAsync().ConfigureAwait(false);
        _current = null;
        _sink.Dispose();
    }

    private sealed class FrameStream(FrameKind kind, int? table, long offset, Stream compressor) : WriteOnlyStream
    {
        public FrameKind Kind => kind;

        public int? Table => table;

        public long Offset => offset;

        public Stream Compressor => compressor;

        public long RawLength { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            RawLength += buffer.Length;
            return compressor.WriteAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Collects compressor output into large writes and hashes it on the way.</summary>
    private sealed class UploadSink(StorageUpload upload) : WriteOnlyStream
    {
        private const int BufferSize = 1024 * 1024;

        private readonly byte[] _buffer = new byte[BufferSize];
        private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly XxHash128 _frame = new();
        private int _buffered;
        private bool _closed;
        private long _position;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public void BeginFrame() => _frame.Reset();

        public string EndFrame() => Convert.ToHexStringLower(_frame.GetCurrentHash());

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A compressor that is given up still flushes; those bytes belong to nothing.
            if (_closed)
                return;
            _frame.Append(buffer.Span);
            _position += buffer.Length;
            while (!buffer.IsEmpty)
            {
                int count = Math.Min(buffer.Length, BufferSize - _buffered);
                buffer[..count].CopyTo(_buffer.AsMemory(_buffered));
                _buffered += count;
                buffer = buffer[count..];
                if (_buffered == BufferSize)
                    await SendAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public async Task<string> CompleteAsync(CancellationToken cancellationToken)
        {
            await SendAsync(cancellationToken).ConfigureAwait(false);
            return Convert.ToHexStringLower(_sha256.GetHashAndReset());
        }

        public override void Close()
        {
            _closed = true;
            base.Close();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _sha256.Dispose();
            base.Dispose(disposing);
        }

        private async Task SendAsync(CancellationToken cancellationToken)
        {
            if (_buffered == 0)
                return;
            ReadOnlyMemory<byte> data = _buffer.AsMemory(0, _buffered);
            _sha256.AppendData(data.Span);
            await upload.WriteAsync(data, cancellationToken).ConfigureAwait(false);
            _buffered = 0;
        }
    }
}
