using System.Text;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class DumpTailTests
{
    private static readonly IndexLocation Location = new(1234567890123, 4096, "0123456789abcdef" + new string('e', 48));

    public static TheoryData<CompressionKind> Kinds => FrameCodecTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_tail_tells_where_the_index_lies(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        foreach (IndexLocation location in (IndexLocation[])[Location, new(0, 0, SampleRecords.Sha256), new(long.MaxValue, long.MaxValue, SampleRecords.Sha256)])
        {
            byte[] tail = DumpTail.Make(codec, location);
            Assert.Equal(DumpTail.FrameLength(codec), tail.Length);
            Assert.Equal(location, DumpTail.Parse(codec, tail));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_tail_ends_with_the_line_all_dumps_end_with(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        using var text = new StreamReader(codec.CreateDecompressor(new MemoryStream(DumpTail.Make(codec, Location))));
        string[] lines = text.ReadToEnd().Split('\n');
        Assert.Equal(["--", "-- PostgreSQL database dump complete", ""], lines[^3..]);
        Assert.All(lines[..^1], line => Assert.StartsWith("--", line));
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public void A_tail_with_any_changed_byte_is_refused(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] tail = DumpTail.Make(codec, Location);
        for (int i = 0; i < tail.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. tail];
                damaged[i] ^= (byte)(1 << bit);
                Assert.Null(DumpTail.Parse(codec, damaged));
            }
        }
    }

    [Fact]
    public void An_uncompressed_tail_with_a_changed_byte_is_refused_or_says_something_else()
    {
        FrameCodec codec = FrameCodec.For(CompressionKind.None);
        byte[] tail = DumpTail.Make(codec, Location);
        for (int i = 0; i < tail.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. tail];
                damaged[i] ^= (byte)(1 << bit);
                Assert.NotEqual(Location, DumpTail.Parse(codec, damaged));
            }
        }
    }

    [Theory]
    [InlineData("99999999999999999999", "00000000000000000001")]
    [InlineData("09999999999999999999", "00000000000000000001")]
    [InlineData("00000000000000000001", "09223372036854775808")]
    [InlineData("-0000000000000000001", "00000000000000000001")]
    [InlineData("0000000000000000001 ", "00000000000000000001")]
    public void Numbers_no_file_can_have_are_refused(string offset, string length)
    {
        string text = $"-- InMidst.Backup index: offset {offset} length {length} sha256 {SampleRecords.Sha256}\n--\n{DumpTail.EndMarker}\n";
        Assert.Null(DumpTail.Parse(FrameCodec.For(CompressionKind.None), Encoding.ASCII.GetBytes(text)));
        Assert.Null(DumpTail.Parse(FrameCodec.For(CompressionKind.Gzip), FrameCodec.For(CompressionKind.Gzip).MakeStoredFrame(Encoding.ASCII.GetBytes(text))));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void More_or_less_than_a_tail_is_refused(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] tail = DumpTail.Make(codec, Location);
        Assert.Null(DumpTail.Parse(codec, [.. tail, (byte)'\n']));
        Assert.Null(DumpTail.Parse(codec, [(byte)'\n', .. tail]));
        for (int length = 0; length < tail.Length; length++)
            Assert.Null(DumpTail.Parse(codec, tail.AsSpan(0, length)));
    }
}
