using System.Diagnostics;
using System.Text;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class FrameCodecTests
{
    public static TheoryData<CompressionKind> Kinds => [.. Enum.GetValues<CompressionKind>()];

    public static TheoryData<CompressionKind> Compressed => [CompressionKind.Gzip, CompressionKind.Zstd];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Frames_one_after_another_read_as_one_text(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] file = await FramesAsync(codec, "first\n", "", Noise(300_000), "last\n");

        foreach (int readSize in (int[])[1, 7, 8191, 8192, 8193, int.MaxValue])
        {
            if (readSize == 1 && file.Length > 1_000_000)
                continue;
            using Stream script = codec.CreateDecompressor(new SlowStream(file, readSize));
            Assert.Equal("first\n" + Noise(300_000) + "last\n", await ReadAsync(script));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_frame_decompresses_alone(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] first = await FramesAsync(codec, Noise(10_000));
        byte[] second = await FramesAsync(codec, "the second\n");
        byte[] file = [.. first, .. second, .. codec.MakeStoredFrame("the third"u8)];

        using Stream script = codec.CreateDecompressor(new MemoryStream(file, first.Length, second.Length));
        Assert.Equal("the second\n", await ReadAsync(script));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reading_synchronously_gives_the_same(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] file = await FramesAsync(codec, "first\n", Noise(100_000));

        using Stream script = codec.CreateDecompressor(new SlowStream(file, 1000));
        var text = new MemoryStream();
        int b;
        while ((b = script.ReadByte()) >= 0)
            text.WriteByte((byte)b);
        Assert.Equal("first\n" + Noise(100_000), Encoding.ASCII.GetString(text.ToArray()));
        Assert.Equal(-1, script.ReadByte());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public async Task Gunzip_reads_all_frames(int level)
    {
        byte[] file =
        [
            .. await FrameAsync(FrameCodec.For(CompressionKind.Gzip), "first\n", level),
            .. await FrameAsync(FrameCodec.For(CompressionKind.Gzip), Noise(200_000), level),
            .. FrameCodec.For(CompressionKind.Gzip).MakeStoredFrame("stored\n"u8),
        ];

        var start = new ProcessStartInfo("gunzip", ["-c"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process gunzip = Process.Start(start)!;
        Task<string> output = gunzip.StandardOutput.ReadToEndAsync();
        await gunzip.StandardInput.BaseStream.WriteAsync(file);
        gunzip.StandardInput.Close();
        Assert.Equal("first\n" + Noise(200_000) + "stored\n", await output);
        await gunzip.WaitForExitAsync();
        Assert.Equal(0, gunzip.ExitCode);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_stored_frame_is_a_valid_frame_of_known_length(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        for (int length = 0; length <= 255; length++)
        {
            byte[] content = Encoding.ASCII.GetBytes(Noise(length));
            byte[] frame = codec.MakeStoredFrame(content);

            Assert.Equal(length + codec.StoredOverhead, frame.Length);
            Assert.Equal(content, codec.ReadStoredFrame(frame));
            if (length == 0 && kind == CompressionKind.None)
                continue;
            using Stream script = codec.CreateDecompressor(new MemoryStream(frame));
            Assert.Equal(Noise(length), await ReadAsync(script));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => codec.MakeStoredFrame(new byte[256]));
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public void A_stored_frame_with_any_changed_byte_is_none(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] frame = codec.MakeStoredFrame("some content 12345"u8);
        for (int i = 0; i < frame.Length; i++)
        {
            frame[i] ^= 1;
            Assert.Null(codec.ReadStoredFrame(frame));
            frame[i] ^= 1;
        }

        Assert.Null(codec.ReadStoredFrame(frame.AsSpan(1)));
        Assert.Null(codec.ReadStoredFrame([.. frame, 0]));
        Assert.Null(codec.ReadStoredFrame([]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_is_recognised_by_its_first_bytes(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        Assert.Same(codec, FrameCodec.Detect(await FramesAsync(codec, "-- SQL\n")));
        Assert.Same(codec, FrameCodec.Detect((await FramesAsync(codec, "-- SQL\n")).AsSpan(0, 4)));
        Assert.Same(codec, FrameCodec.Detect(codec.MakeStoredFrame("-- SQL\n"u8)));
        Assert.Equal(CompressionKind.None, FrameCodec.Detect([]).Kind);
        Assert.Equal(CompressionKind.None, FrameCodec.Detect([0x1F]).Kind);
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public async Task A_file_cut_inside_a_frame_is_noticed_wherever_it_is_cut(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] first = await FramesAsync(codec, Noise(900));
        byte[] file = [.. first, .. codec.MakeStoredFrame("stored, so that its bytes are taken as they are"u8), .. await FramesAsync(codec, Noise(500))];
        int stored = codec.MakeStoredFrame("stored, so that its bytes are taken as they are"u8).Length;

        for (int length = 1; length < file.Length; length++)
        {
            if (length == first.Length || length == first.Length + stored)
                continue;
            foreach (int readSize in (int[])[100, int.MaxValue])
                await Assert.ThrowsAnyAsync<Exception>(() => ReadDamagedAsync(codec, file[..length], readSize));
        }
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public async Task A_cut_exactly_between_frames_is_left_to_the_tail(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] file = await FramesAsync(codec, "first\n", "second\n");
        byte[] first = await FramesAsync(codec, "first\n");
        using Stream script = codec.CreateDecompressor(new MemoryStream(file[..first.Length]));
        Assert.Equal("first\n", await ReadAsync(script));
    }

    [Theory]
    [InlineData(CompressionKind.Gzip, 1)]
    [InlineData(CompressionKind.Gzip, 8192)]
    [InlineData(CompressionKind.Zstd, 1)]
    [InlineData(CompressionKind.Zstd, 8192)]
    public async Task What_follows_the_last_frame_is_noticed(CompressionKind kind, int readSize)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] file = await FramesAsync(codec, "first\n", Noise(5000));
        foreach (string rest in (string[])["x", "\0", "\0\0\0\0\0\0\0\0", "\u001f", "some text after the end\n"])
            await Assert.ThrowsAnyAsync<Exception>(() => ReadDamagedAsync(codec, [.. file, .. Encoding.ASCII.GetBytes(rest)], readSize));
    }

    [Fact]
    public async Task Whatever_follows_a_frame_the_frame_must_end_where_the_reads_end_or_not()
    {
        FrameCodec codec = FrameCodec.For(CompressionKind.Gzip);
        byte[] file = await FramesAsync(codec, "first\n", "second\n");
        for (int readSize = 1; readSize <= file.Length; readSize++)
        {
            using Stream whole = codec.CreateDecompressor(new SlowStream(file, readSize));
            Assert.Equal("first\nsecond\n", await ReadAsync(whole));
            await Assert.ThrowsAnyAsync<Exception>(() => ReadDamagedAsync(codec, [.. file, 1, 2, 3], readSize));
        }
    }

    [Theory]
    [MemberData(nameof(Compressed))]
    public async Task A_changed_byte_is_noticed(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] file = await FramesAsync(codec, Noise(800));

        // The operating system and time in a gzip header, bytes 4 to 9, mean nothing.
        for (int i = kind == CompressionKind.Gzip ? 10 : 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x10;
            string? text = null;
            try
            {
                text = await ReadDamagedAsync(codec, damaged, int.MaxValue);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
            }

            Assert.True(text is null || text == Noise(800), $"byte {i}");
        }
    }

    [Fact]
    public async Task An_empty_file_is_no_gzip()
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() => ReadDamagedAsync(FrameCodec.For(CompressionKind.Gzip), [], 1));
    }

    [Fact]
    public async Task Gzip_with_a_name_in_its_header_is_read()
    {
        byte[] member = await FramesAsync(FrameCodec.For(CompressionKind.Gzip), "content\n");
        byte[] named = [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3, .. "dump.sql\0"u8, .. member[10..]];
        using Stream script = FrameCodec.For(CompressionKind.Gzip).CreateDecompressor(new MemoryStream(named));
        Assert.Equal("content\n", await ReadAsync(script));
    }

    internal static string Noise(int length)
    {
        var random = new Random(length);
        return string.Create(length, random, (span, r) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = "0123456789abcdef\t\n"[r.Next(18)];
        });
    }

    private static async Task<byte[]> FramesAsync(FrameCodec codec, params string[] contents)
    {
        using var file = new MemoryStream();
        foreach (string content in contents)
            file.Write(await FrameAsync(codec, content, level: null));
        return file.ToArray();
    }

    private static async Task<byte[]> FrameAsync(FrameCodec codec, string content, int? level)
    {
        using var frame = new MemoryStream();
        await using (Stream compressor = codec.CreateCompressor(frame, level))
            await compressor.WriteAsync(Encoding.ASCII.GetBytes(content));
        return frame.ToArray();
    }

    private static async Task<string> ReadAsync(Stream script)
    {
        using var text = new MemoryStream();
        await script.CopyToAsync(text);
        Assert.Equal(0, await script.ReadAsync(new byte[10]));
        return Encoding.ASCII.GetString(text.ToArray());
    }

    private static async Task<string> ReadDamagedAsync(FrameCodec codec, byte[] file, int readSize)
    {
        using Stream script = codec.CreateDecompressor(new SlowStream(file, readSize));
        try
        {
            return await ReadAsync(script);
        }
        catch (Exception e)
        {
            // Nothing else is caught where dumps are read.
            Assert.True(e is InvalidDataException or EndOfStreamException, $"{e.GetType()}: {e.Message}");
            throw;
        }
    }
}
