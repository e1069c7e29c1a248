using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using ZstdSharp;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Makes and reads frames of one compression. A frame decompresses alone, and the frames of a file one after another are what
/// the ordinary tools (gunzip, zstd -d, cat) read.
/// </summary>
public abstract class FrameCodec
{
    private const int BufferSize = 128 * 1024;
    private const int MaximumStoredLength = byte.MaxValue;

    private protected FrameCodec(CompressionKind kind, string extension)
    {
        Kind = kind;
        Extension = extension;
    }

    /// <summary>The compression.</summary>
    public CompressionKind Kind { get; }

    /// <summary>What a dump's name ends with: ".sql.gz", ".sql.zst" or ".sql".</summary>
    public string Extension { get; }

    /// <summary>The codec of a compression.</summary>
    public static FrameCodec For(CompressionKind kind) => kind switch
    {
        CompressionKind.Gzip => GzipCodec.Instance,
        CompressionKind.Zstd => ZstdCodec.Instance,
        _ => PlainCodec.Instance,
    };

    /// <summary>Recognises a file by its first bytes (four are enough), whatever its name says.</summary>
    public static FrameCodec Detect(ReadOnlySpan<byte> start)
    {
        if (start.Length >= 2 && start[0] == 0x1F && start[1] == 0x8B)
            return GzipCodec.Instance;
        return start.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(start) == ZstdCodec.Magic
            ? ZstdCodec.Instance
            : PlainCodec.Instance;
    }

    /// <summary>A stream that writes one frame into <paramref name="destination"/> and completes it when disposed.</summary>
    /// <param name="destination">Left open.</param>
    /// <param name="level">Null for the default; gzip 1 to 9, zstd 1 to 19.</param>
    public abstract Stream CreateCompressor(Stream destination, int? level);

    /// <summary>
    /// A stream that reads all frames of <paramref name="source"/>. Damage is an <see cref="InvalidDataException"/> or
    /// <see cref="EndOfStreamException"/>; an end exactly between two frames cannot be seen here, which is why a dump has a tail.
    /// </summary>
    /// <param name="source">Owned: disposed with the stream.</param>
    public abstract Stream CreateDecompressor(Stream source);

    /// <summary>A frame that stores <paramref name="content"/> uncompressed, so that its length is known: content + <see cref="StoredOverhead"/>.</summary>
    /// <param name="content">At most 255 bytes.</param>
    public byte[] MakeStoredFrame(ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaximumStoredLength, nameof(content));
        byte[] frame = new byte[StoredOverhead + content.Length];
        WriteStoredFrame(frame, content);
        return frame;
    }

    /// <summary>Bytes a stored frame needs beside its content.</summary>
    public abstract int StoredOverhead { get; }

    /// <summary>The content of a frame made by <see cref="MakeStoredFrame"/>, or null when it is not exactly such a frame.</summary>
    public byte[]? ReadStoredFrame(ReadOnlySpan<byte> frame)
    {
        int length = frame.Length - StoredOverhead;
        if (length is < 0 or > MaximumStoredLength)
            return null;
        byte[] content = frame.Slice(ContentOffset, length).ToArray();
        return MakeStoredFrame(content).AsSpan().SequenceEqual(frame) ? content : null;
    }

    private protected abstract int ContentOffset { get; }

    private protected abstract void WriteStoredFrame(Span<byte> frame, ReadOnlySpan<byte> content);

    private sealed class GzipCodec : FrameCodec
    {
        // Measured on COPY text of three databases (ids, names, dates, numbers, JSON, hex), in size of gzip -6: level 1 +50 % in half the
        // time of level 2; level 2 +2 to +9 % and level 3 -1 to +4 % in 5 to 20 % more time; higher ones nothing worth theirs.
        private const int DefaultLevel = 3;

        public static readonly GzipCodec Instance = new();

        private GzipCodec()
            : base(CompressionKind.Gzip, ".sql.gz")
        {
        }

        public override int StoredOverhead => 10 + 5 + 8;

        private protected override int ContentOffset => 10 + 5;

        public override Stream CreateCompressor(Stream destination, int? level) =>
            new GZipStream(destination, new ZLibCompressionOptions { CompressionLevel = level ?? DefaultLevel }, leaveOpen: true);

        public override Stream CreateDecompressor(Stream source) => new GzipReadStream(source);

        // RFC 1952 member header, RFC 1951 3.2.4 stored block, CRC-32 and size.
        private protected override void WriteStoredFrame(Span<byte> frame, ReadOnlySpan<byte> content)
        {
            frame[0] = 0x1F;
            frame[1] = 0x8B;
            frame[2] = 8;
            frame[9] = 0xFF;
            frame[10] = 1;
            BinaryPrimitives.WriteUInt16LittleEndian(frame[11..], (ushort)content.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(frame[13..], (ushort)~content.Length);
            content.CopyTo(frame[ContentOffset..]);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[^8..], Crc32.HashToUInt32(content));
            BinaryPrimitives.WriteUInt32LittleEndian(frame[^4..], (uint)content.Length);
        }
    }

    private sealed class ZstdCodec : FrameCodec
    {
        public const uint Magic = 0xFD2FB528;

        // Measured on the same text: of -5 to 3 the smallest, -1 is larger by 60 % for a fifth less time. Other windows, hash tables and
        // buffers than the level's own saved nothing worth it.
        private const int DefaultLevel = 1;

        public static readonly ZstdCodec Instance = new();

        private ZstdCodec()
            : base(CompressionKind.Zstd, ".sql.zst")
        {
        }

        public override int StoredOverhead => 6 + 3 + 4;

        private protected override int ContentOffset => 6 + 3;

        public override Stream CreateCompressor(Stream destination, int? level)
        {
            var stream = new CompressionStream(destination, level ?? DefaultLevel, BufferSize, leaveOpen: true);
            stream.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
            return stream;
        }

        public override Stream CreateDecompressor(Stream source) =>
            new ZstdReadStream(new DecompressionStream(source, BufferSize, checkEndOfStream: true, leaveOpen: false));

        // RFC 8878 3.1.1: magic, descriptor (single segment, one-byte content size, checksum), one raw block marked last, and the
        // low four bytes of the content's XXH64.
        private protected override void WriteStoredFrame(Span<byte> frame, ReadOnlySpan<byte> content)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
            frame[4] = 0x24;
            frame[5] = (byte)content.Length;
            BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], (ushort)(1 | (content.Length << 3)));
            content.CopyTo(frame[ContentOffset..]);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[^4..], (uint)XxHash64.HashToUInt64(content));
        }
    }

    private sealed class PlainCodec : FrameCodec
    {
        public static readonly PlainCodec Instance = new();

        private PlainCodec()
            : base(CompressionKind.None, ".sql")
        {
        }

        public override int StoredOverhead => 0;

        private protected override int ContentOffset => 0;

        public override Stream CreateCompressor(Stream destination, int? level) => new BufferedStream(new LeaveOpenStream(destination), BufferSize);

        public override Stream CreateDecompressor(Stream source) => source;

        private protected override void WriteStoredFrame(Span<byte> frame, ReadOnlySpan<byte> content) => content.CopyTo(frame);
    }
}
