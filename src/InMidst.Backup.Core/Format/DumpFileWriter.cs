using System.Security.Cryptography;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Writes the frames of one dump one after another and the trailer at the end. Raw bytes go through the compressor straight into
/// the destination: no more than a buffer is held, whatever the size of a frame or row. Frames can also be made side by side
/// (<see cref="BeginDetachedFrame"/>); they lie in the file in the order in which they were ended.
/// </summary>
public sealed class DumpFileWriter : IAsyncDisposable
{
    private readonly FrameCodec _codec;
    private readonly int? _level;
    private readonly ByteBudget _budget;
    private readonly DumpFileSink _file;
    private DumpFrame? _current;

    /// <summary>Makes the writer.</summary>
    /// <param name="destination">Where the bytes go, by asynchronous writes; owned by the caller, who completes it after <see cref="CompleteAsync"/>.</param>
    /// <param name="codec">Compression of the frames.</param>
    /// <param name="level">Compression level, or null for the codec's default.</param>
    /// <param name="budget">Memory for frames that are made side by side; null for one of its own.</param>
    public DumpFileWriter(Stream destination, FrameCodec codec, int? level, ByteBudget? budget = null)
    {
        _file = new DumpFileSink(destination);
        _codec = codec;
        _level = level;
        _budget = budget ?? new ByteBudget();
    }

    /// <summary>The frames that are complete, in the order of the file.</summary>
    public IReadOnlyList<FrameEntry> Frames => _file.Frames;

    /// <summary>Bytes of the file so far, buffered ones included.</summary>
    public long Length => _file.Position;

    /// <summary>Begins a frame and returns the stream for its raw bytes (asynchronous writes only). Nobody else writes until it is ended.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="table">For data frames the position in <see cref="DumpIndex.Tables"/>.</param>
    public Stream BeginFrame(FrameKind kind, int? table = null)
    {
        if (!_file.TryEnter())
            throw new InvalidOperationException("A frame is open already.");
        _current = new DumpFrame(_file, budget: null, CreateCompressor, kind, table, CancellationToken.None);
        return new FrameStream(_current);
    }

    /// <summary>Ends the open frame.</summary>
    /// <param name="rows">Rows in it, for data frames.</param>
    public async Task<FrameEntry> EndFrameAsync(long? rows = null)
    {
        DumpFrame frame = _current ?? throw new InvalidOperationException("No frame is open.");
        FrameEntry entry = await frame.CompleteAsync(rows).ConfigureAwait(false);
        _current = null;
        return entry;
    }

    /// <summary>
    /// Begins a frame beside others: any number can be made at once, each by one caller, who disposes it. A frame that is given up
    /// after it has begun to reach the file leaves no place for any other; those who wait for one must be cancelled.
    /// </summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="table">For data frames the position in <see cref="DumpIndex.Tables"/>.</param>
    /// <param name="cancellationToken">Cancels writing and waiting for a place in the file.</param>
    public DumpFrame BeginDetachedFrame(FrameKind kind, int? table, CancellationToken cancellationToken) =>
        new(_file, _budget, CreateCompressor, kind, table, cancellationToken);

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

    /// <summary>Writes index and tail. The destination then has been given the whole file.</summary>
    /// <param name="index">The index; its frames are <see cref="Frames"/>.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <returns>Where the index lies.</returns>
    public async Task<IndexLocation> CompleteAsync(DumpIndex index, CancellationToken cancellationToken)
    {
        if (!_file.TryEnter())
            throw new InvalidOperationException("A frame is still open.");
        using var frame = new MemoryStream();
        Stream compressor = _codec.CreateCompressor(frame, level: null);
        await using (compressor.ConfigureAwait(false))
        {
            await compressor.WriteAsync(IndexText.Make(index), cancellationToken).ConfigureAwait(false);
        }

        byte[] bytes = frame.ToArray();
        var location = new IndexLocation(_file.Position, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        await _file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await _file.WriteAsync(DumpTail.Make(_codec, location), cancellationToken).ConfigureAwait(false);
        await _file.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return location;
    }

    /// <summary>Gives up an open frame. Those made side by side were disposed before.</summary>
    public async ValueTask DisposeAsync()
    {
        _file.Close();
        if (_current is not null)
            await _current.DisposeAsync().ConfigureAwait(false);
        _current = null;
    }

    private Stream CreateCompressor(Stream destination) => _codec.CreateCompressor(destination, _level);

    private sealed class FrameStream(DumpFrame frame) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            frame.WriteAsync(buffer, cancellationToken);
    }
}
