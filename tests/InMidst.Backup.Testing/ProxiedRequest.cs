using System.Globalization;

namespace InMidst.Backup.Testing;

/// <summary>A request that came to an <see cref="HttpFaultProxy"/>.</summary>
/// <param name="Method">GET, PUT, …</param>
/// <param name="Target">Path and query as they were sent.</param>
/// <param name="Headers">Its headers; names in any case.</param>
public sealed record ProxiedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>How long its body is said to be.</summary>
    public long ContentLength => Headers.TryGetValue("Content-Length", out string? length) ? long.Parse(length, CultureInfo.InvariantCulture) : 0;

    /// <summary>Whether it uploads a part of a multipart upload.</summary>
    public bool IsPart => Method == "PUT" && Target.Contains("partNumber=", StringComparison.Ordinal);

    /// <summary>Whether it completes a multipart upload.</summary>
    public bool IsCompletion => Method == "POST" && Target.Contains("uploadId=", StringComparison.Ordinal);

    /// <summary>Whether it reads the bytes of an object, or the list of a bucket.</summary>
    public bool IsRead => Method == "GET";
}
