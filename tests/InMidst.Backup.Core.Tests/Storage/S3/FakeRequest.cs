using System.Collections.Specialized;
using System.Globalization;
using System.Web;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>A request as <see cref="FakeS3Server"/> understands it: path style, any bucket.</summary>
internal sealed class FakeRequest
{
    public FakeRequest(HttpRequestMessage request, byte[] content)
    {
        string[] path = request.RequestUri!.AbsolutePath.TrimStart('/').Split('/', 2);
        Key = path.Length == 1 ? "" : Uri.UnescapeDataString(path[1]);
        Query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        Content = content;
        Headers = request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
            .ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
        Kind = (request.Method.Method + " " + SubresourceOf()).Trim();
    }

    public string Kind { get; }

    public string Key { get; }

    public NameValueCollection Query { get; }

    public Dictionary<string, string> Headers { get; }

    public byte[] Content { get; }

    /// <summary>The first byte that is wanted and the one after the last, of so many.</summary>
    public (int Start, int End) RangeOf(int length)
    {
        if (!Headers.TryGetValue("Range", out string? range))
            return (0, length);
        string[] ends = range["bytes=".Length..].Split('-');
        long start = long.Parse(ends[0], CultureInfo.InvariantCulture);
        long end = ends[1].Length == 0 ? length : Math.Min(length, long.Parse(ends[1], CultureInfo.InvariantCulture) + 1);
        return ((int)Math.Min(start, int.MaxValue), (int)end);
    }

    private string SubresourceOf()
    {
        string[] names = [.. Query.AllKeys.Select(key => key ?? ""), .. (Query[null] ?? "").Split(',')];
        if (names.Contains("partNumber"))
            return "part";
        if (names.Contains("uploadId"))
            return "upload";
        return names.Contains("list-type") ? "list" : names.FirstOrDefault(name => name is "uploads" or "retention" or "legal-hold" or "tagging") ?? "";
    }
}
