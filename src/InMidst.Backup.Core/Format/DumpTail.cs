using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// The last frame of a dump: fixed in size, so that it is found from the end of a file without a manifest. It says where the index
/// lies and ends with the marker pg_dump's users know. gunzip cannot notice a file cut between two members; the missing tail shows it.
/// </summary>
public static partial class DumpTail
{
    /// <summary>The last line of every complete dump, ours and pg_dump's.</summary>
    public const string EndMarker = "-- PostgreSQL database dump complete";

    /// <summary>Bytes of the tail's text, whatever the compression.</summary>
    internal static readonly int ContentLength = Text(new IndexLocation(0, 0, new string('0', 64))).Length;

    /// <summary>Length in bytes of a tail frame.</summary>
    public static int FrameLength(FrameCodec codec) => ContentLength + codec.StoredOverhead;

    /// <summary>Makes the tail frame.</summary>
    public static byte[] Make(FrameCodec codec, IndexLocation index) => codec.MakeStoredFrame(Encoding.ASCII.GetBytes(Text(index)));

    /// <summary>Reads a tail frame, or null when the bytes are none.</summary>
    public static IndexLocation? Parse(FrameCodec codec, ReadOnlySpan<byte> frame)
    {
        byte[]? content = codec.ReadStoredFrame(frame);
        return content is null ? null : ParseText(content);
    }

    /// <summary>Reads a tail's text, or null when the bytes are none.</summary>
    internal static IndexLocation? ParseText(ReadOnlySpan<byte> content)
    {
        Match match = TextPattern().Match(Encoding.ASCII.GetString(content));
        return match.Success && TryParse(match.Groups[1], out long offset) && TryParse(match.Groups[2], out long length)
            ? new IndexLocation(offset, length, match.Groups[3].Value)
            : null;
    }

    // Twenty digits hold more than a long does.
    private static bool TryParse(Group digits, out long value) =>
        long.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static string Text(IndexLocation index) =>
        string.Create(CultureInfo.InvariantCulture,
            $"-- InMidst.Backup index: offset {index.Offset:D20} length {index.Length:D20} sha256 {index.Sha256}\n--\n{EndMarker}\n");

    [GeneratedRegex(@"^-- InMidst\.Backup index: offset ([0-9]{20}) length ([0-9]{20}) sha256 ([0-9a-f]{64})\n--\n" + EndMarker + "\n\\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex TextPattern();
}
