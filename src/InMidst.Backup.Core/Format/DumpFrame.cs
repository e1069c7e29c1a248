using System.IO.Hashing;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// One frame that is being made. Raw bytes are compressed at once; what comes of them is held in buffers of the budget until the frame
/// is complete, and then takes its place in the file. A frame that grows beyond <see cref="MaximumHeld"/>, or for which there is no
/// buffer left, takes the file there and then and goes on straight into it, whatever its size.
/// </summary>
public sealed class DumpFrame : IAsyncDisposable
{
    /// <summary>Compressed bytes that a frame holds at most: more than any whose rows are not huge.</summary>
    public const int MaximumHeld = 20 * 1024 * 1024;

    private readonly DumpFileSink _file;
    private readonly FrameKind _kind;
    private readonly int? _table;
    private readonly Target _target;
    private readonly Stream _compressor;
    private long _rawLength;
    private bool _ended;

    /// <summary>Makes the frame.</summary>
    /// <param name="file">Where it goes.</param>
    /// <param name="budget">Lends the buffers; null for a frame whose maker has the file already.</param>
    /// <param name="createCompressor">Makes the compressor over a stream.</param>
    /// <param name="kind">What it holds.</param>
    /// <param name="table">For data frames the position in <see cref="DumpIndex.Tables"/>.</param>
    /// <param name="cancellationToken">Cancels writing and waiting for the file.</param>
    internal DumpFrame(
        DumpFileSink file, ByteBudget? budget, Func<Stream, Stream> createCompressor, FrameKind kind, int? table, CancellationToken cancellationToken)
    {
        _file = file;
        _kind = kind;
        _table = table;
        _target = new Target(file, budget, cancellationToken);
        _compressor = createCompressor(_target);
    }

    /// <summary>Takes raw bytes.</summary>
    /// <param name="data">May be reused afterwards.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _rawLength += data.Length;
        return _compressor.WriteAsync(data, cancellationToken);
    }

    /// <summary>Ends the frame and puts it into the file, behind those that were ended before.</summary>
    /// <param name="rows">Rows in it, for data frames.</param>
    public async Task<FrameEntry> CompleteAsync(long? rows)
    {
        await _compressor.DisposeAsync().ConfigureAwait(false);
        await _target.EnterFileAsync().ConfigureAwait(false);
        var entry = new FrameEntry
        {
            Kind = _kind,
            Offset = _target.Offset,
            Length = _target.Written,
            RawLength = _rawLength,
            Hash = _target.Hash,
            Table = _table,
            Rows = rows,
        };
        _file.Frames.Add(entry);
        _ended = true;
        _file.Leave();
        return entry;
    }

    /// <summary>Gives up a frame that is not complete. If part of it is in the file, nothing else can follow there.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended)
            return;
        _ended = true;
        _target.Close();
        await _compressor.DisposeAsync().ConfigureAwait(false);
        _target.GiveBack();
    }

    /// <summary>Where the compressed bytes go: into buffers first, from some moment on into the file.</summary>
    private sealed class Target(DumpFileSink file, ByteBudget? budget, CancellationToken ofFrame) : WriteOnlyStream
    {
        private readonly XxHash128 _hash = new();
        private readonly List<byte[]> _held = [];
        private int _filled; // of the last buffer
        private bool _closed;
        private bool _hasFile = budget is null;

        public long Offset { get; private set; } = file.Position;

        public long Written { get; private set; }

        public string Hash => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A compressor that is given up still flushes; those bytes belong to nothing.
            if (_closed)
                return;
            _hash.Append(buffer.Span);
            Written += buffer.Length;
            if (!_hasFile)
            {
                buffer = buffer[Hold(buffer.Span)..];
                if (buffer.IsEmpty)
                    return;
                await EnterFileAsync().ConfigureAwait(false);
            }

            // A compressor that ends gives no token.
            await file.WriteAsync(buffer, cancellationToken.CanBeCanceled ? cancellationToken : ofFrame).ConfigureAwait(false);
        }

        /// <summary>Takes the file, at the latest when the frame ends, and puts into it what is held.</summary>
        public async Task EnterFileAsync()
        {
            if (_hasFile)
                return;
            await file.EnterAsync(ofFrame).ConfigureAwait(false);
            _hasFile = true;
            Offset = file.Position;
            for (int i = 0; i < _held.Count; i++)
            {
                int length = i == _held.Count - 1 ? _filled : ByteBudget.BufferLength;
                await file.WriteAsync(_held[i].AsMemory(0, length), ofFrame).ConfigureAwait(false);
            }

            GiveBack();
        }

        public void GiveBack()
        {
            foreach (byte[] buffer in _held)
                budget!.Return(buffer);
            _held.Clear();
        }

        public override void Close()
        {
            _closed = true;
            base.Close();
        }

        /// <summary>How many of the bytes found room.</summary>
        private int Hold(ReadOnlySpan<byte> bytes)
        {
            int held = 0;
            while (held < bytes.Length)
            {
                if (_held.Count == 0 || _filled == ByteBudget.BufferLength)
                {
                    if (_held.Count == MaximumHeld / ByteBudget.BufferLength || !budget!.TryRent(out byte[]? next))
                        return held;
                    _held.Add(next);
                    _filled = 0;
                }

                int count = Math.Min(bytes.Length - held, ByteBudget.BufferLength - _filled);
                bytes.Slice(held, count).CopyTo(_held[^1].AsSpan(_filled));
                _filled += count;
                held += count;
            }

            return held;
        }
    }
}
