using System.IO.Compression;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Reads gzip and insists that the file ends exactly where a member ends. <see cref="GZipStream"/> takes a file that was cut at any
/// byte, or that goes on with anything, for complete; of the dumps other tools wrote nothing else would tell.
/// </summary>
/// <remarks>
/// When the file is at its end, the decompressor is handed one more member with content that cannot be in the file. Only if that
/// content, and nothing else, comes out was the decompressor between two members. The decompressor asks for input only when it has
/// nothing more to give, so all that comes out after the extra member was handed over belongs to it.
/// </remarks>
internal sealed class GzipReadStream : SequentialReadStream
{
    // The decompressor asks for 8 KiB at a time, and each read of a file costs a round through the thread pool.
    private const int BufferLength = 64 * 1024;

    private static readonly byte[] ProbeContent = Guid.NewGuid().ToByteArray();
    private static readonly byte[] Probe = MakeProbe();

    private readonly ProbedStream _source;
    private readonly GZipStream _gzip;
    private bool _ended;

    /// <summary>Makes the stream.</summary>
    /// <param name="source">The compressed bytes; owned.</param>
    public GzipReadStream(Stream source)
    {
        _source = new ProbedStream(new BufferedStream(source, BufferLength));
        _gzip = new GZipStream(_source, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        try
        {
            return Take(buffer, _gzip.Read(buffer));
        }
        catch (InvalidDataException e) when (_source.ProbeTaken)
        {
            throw CutOff(e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        try
        {
            int read = await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return Take(buffer.Span, read);
        }
        catch (InvalidDataException e) when (_source.ProbeTaken)
        {
            throw CutOff(e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] MakeProbe()
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Fastest))
            gzip.Write(ProbeContent);
        return member.ToArray();
    }

    private static EndOfStreamException CutOff(Exception? cause) =>
        new("The file ends inside its compressed data.", cause);

    private int Take(ReadOnlySpan<byte> buffer, int read)
    {
        if (!_source.ProbeTaken)
            return read > 0 ? read : throw new InvalidDataException("Something that is not gzip follows the compressed data.");

        // From here on the source answers from memory, so that reading it synchronously waits for nothing.
        Span<byte> output = stackalloc byte[ProbeContent.Length + 1];
        int length = Math.Min(read, output.Length);
        buffer[..length].CopyTo(output);
        length += _gzip.ReadAtLeast(output[length..], output.Length - length, throwOnEndOfStream: false);
        if (_source.IsEmpty || !output[..length].SequenceEqual(ProbeContent))
            throw CutOff(null);
        _ended = true;
        return 0;
    }

    /// <summary>The file's bytes, and then those of the extra member.</summary>
    private sealed class ProbedStream(Stream inner) : SequentialReadStream
    {
        private bool _innerEnded;
        private int _given;

        public bool IsEmpty { get; private set; } = true;

        public bool ProbeTaken => _given > 0;

        public override int Read(Span<byte> buffer) => Add(buffer, _innerEnded ? 0 : inner.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = _innerEnded ? 0 : await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return Add(buffer.Span, read);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private int Add(Span<byte> buffer, int read)
        {
            if (read > 0 || buffer.IsEmpty)
            {
                IsEmpty = IsEmpty && read == 0;
                return read;
            }

            _innerEnded = true;
            int count = Math.Min(buffer.Length, Probe.Length - _given);
            Probe.AsSpan(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }
    }
}
