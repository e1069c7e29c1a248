using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ZstdSharp;

namespace InMidst.Backup.Core.Tests.Format;

/// <summary>
/// docs/format.md read by somebody else: a reader made from that page alone, with nothing of the product, checks the kept sample of
/// the format byte by byte.
/// </summary>
public sealed partial class SecondReaderTests
{
    private const int TailTextLength = 193;

    [Theory]
    [InlineData("app_20261122_154503.sql.gz", 216)]
    [InlineData("app_20261122_154515.sql.zst", 206)]
    [InlineData("app_20261122_154520.sql", 193)]
    public void A_dump_is_what_the_page_says(string name, int tailLength)
    {
        byte[] file = File.ReadAllBytes(DataFiles.Path("format-1", name));
        byte[] tail = file[^tailLength..];
        Match location = TailPattern().Match(Encoding.ASCII.GetString(Decompress(tail, name)));
        Assert.True(location.Success);
        Assert.Equal(TailTextLength, location.Length);
        Assert.Equal(tail, MakeTail(name, location.Value));
        int offset = int.Parse(location.Groups["offset"].Value, CultureInfo.InvariantCulture);
        int length = int.Parse(location.Groups["length"].Value, CultureInfo.InvariantCulture);
        byte[] indexFrame = file[offset..(offset + length)];
        Assert.Equal(file.Length - tailLength, offset + length);
        Assert.Equal(location.Groups["sha256"].Value, Convert.ToHexStringLower(SHA256.HashData(indexFrame)));

        using JsonDocument index = ReadIndex(Decompress(indexFrame, name));
        CheckFrames(file, offset, name, index.RootElement);
        CheckManifest(file, name, offset, length, location.Groups["sha256"].Value);
    }

    private static JsonDocument ReadIndex(byte[] text)
    {
        string[] lines = Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["--", "-- InMidst.Backup index: gzip, base64"], lines[..2]);
        Assert.All(lines[2..], line => Assert.StartsWith("--:", line));
        byte[] gzip = Convert.FromBase64String(string.Concat(lines[2..].Select(line => line[3..])));
        return JsonDocument.Parse(Decompress(gzip, ".gz"));
    }

    private static void CheckFrames(byte[] file, int end, string name, JsonElement index)
    {
        Assert.Equal(1, index.GetProperty("format").GetInt32());
        JsonElement[] tables = [.. index.GetProperty("tables").EnumerateArray()];
        var rows = new long[tables.Length];
        var bytes = new long[tables.Length];
        var sums = new UInt128[tables.Length];
        int next = 0;
        foreach (JsonElement frame in index.GetProperty("frames").EnumerateArray())
        {
            Assert.Equal(next, frame.GetProperty("offset").GetInt32());
            byte[] stored = file[next..(next += frame.GetProperty("length").GetInt32())];
            Assert.Equal(frame.GetProperty("hash").GetString(), Convert.ToHexStringLower(XxHash128.Hash(stored)));
            byte[] raw = Decompress(stored, name);
            Assert.Equal(frame.GetProperty("rawLength").GetInt64(), raw.Length);
            if (frame.GetProperty("kind").GetString() != "Data")
                continue;
            int table = frame.GetProperty("table").GetInt32();
            string text = Encoding.Latin1.GetString(raw);
            Assert.Matches(@"^COPY .* FROM stdin;\n", text);
            Assert.EndsWith("\\.\n\n", text);
            string[] lines = text[(text.IndexOf('\n') + 1)..^"\\.\n\n".Length].Split('\n')[..^1];
            Assert.Equal(frame.GetProperty("rows").GetInt64(), lines.Length);
            rows[table] += lines.Length;
            bytes[table] += lines.Sum(l => l.Length + 1);
            sums[table] = lines.Aggregate(sums[table], (sum, line) =>
                sum + BinaryPrimitives.ReadUInt128BigEndian(XxHash128.Hash(Encoding.Latin1.GetBytes(line))));
        }

        Assert.Equal(end, next);
        Assert.Equal(tables.Select(t => t.GetProperty("rows").GetInt64()), rows);
        Assert.Equal(tables.Select(t => t.GetProperty("bytes").GetInt64()), bytes);
        Assert.Equal(tables.Select(t => t.GetProperty("checksum").GetString()), sums.Select(s => s.ToString("x32", CultureInfo.InvariantCulture)));
        Assert.Contains(rows, r => r > 0);
    }

    private static void CheckManifest(byte[] file, string name, int offset, int length, string sha256)
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(DataFiles.Path("format-1", name + ".manifest.json")));
        JsonElement index = manifest.RootElement.GetProperty("index");
        Assert.Equal((offset, length, sha256), (index.GetProperty("offset").GetInt32(), index.GetProperty("length").GetInt32(), index.GetProperty("sha256").GetString()));
        JsonElement data = Assert.Single(manifest.RootElement.GetProperty("objects").EnumerateArray(), o => o.GetProperty("role").GetString() == "data");
        Assert.Equal(file.Length, data.GetProperty("length").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), data.GetProperty("sha256").GetString());
    }

    private static byte[] MakeTail(string name, string text)
    {
        byte[] content = Encoding.ASCII.GetBytes(text);
        var tail = new List<byte>();
        if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            tail.AddRange([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 193, 0, 0xff - 193, 0xff, .. content]);
            tail.AddRange([.. Crc32.Hash(content), 193, 0, 0, 0]);
        }
        else if (name.EndsWith(".zst", StringComparison.Ordinal))
        {
            tail.AddRange([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0xc1, 0x09, 0x06, 0x00, .. content]);
            tail.AddRange(XxHash64.Hash(content).Reverse().Take(4));
        }
        else
        {
            tail.AddRange(content);
        }

        return [.. tail];
    }

    private static byte[] Decompress(byte[] bytes, string name)
    {
        using var source = new MemoryStream(bytes);
        using Stream plain = Path.GetExtension(name) switch
        {
            ".gz" => new GZipStream(source, CompressionMode.Decompress),
            ".zst" => new DecompressionStream(source),
            _ => source,
        };
        using var result = new MemoryStream();
        plain.CopyTo(result);
        return result.ToArray();
    }

    [GeneratedRegex("^-- InMidst\\.Backup index: offset (?<offset>[0-9]{20}) length (?<length>[0-9]{20}) sha256 (?<sha256>[0-9a-f]{64})\n--\n-- PostgreSQL database dump complete\n$")]
    private static partial Regex TailPattern();
}
