using System.IO.Compression;
using System.Text;

namespace InMidst.Backup.Core.Format;

/// <summary>The index as SQL comments.</summary>
internal static class IndexText
{
    private const string Header = "--\n-- InMidst.Backup index: gzip, base64\n";
    private const string LinePrefix = "--:";
    private const int LineLength = 120;

    public static byte[] Make(DumpIndex index)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(FormatJson.Write(index));
        string base64 = Convert.ToBase64String(compressed.GetBuffer(), 0, (int)compressed.Length);
        var text = new StringBuilder(Header, base64.Length + base64.Length / 30 + 100);
        for (int at = 0; at < base64.Length; at += LineLength)
            text.Append(LinePrefix).Append(base64, at, Math.Min(LineLength, base64.Length - at)).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static DumpIndex Read(Stream text, string name)
    {
        var base64 = new StringBuilder();
        using var reader = new StreamReader(text, Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(LinePrefix, StringComparison.Ordinal))
                base64.Append(line, LinePrefix.Length, line.Length - LinePrefix.Length);
        }

        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(base64.ToString())), CompressionMode.Decompress);
        using var json = new MemoryStream();
        gzip.CopyTo(json);
        return FormatJson.ReadIndex(json.GetBuffer().AsSpan(0, (int)json.Length), name);
    }
}
