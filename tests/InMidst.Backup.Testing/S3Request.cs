using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace InMidst.Backup.Testing;

/// <summary>One request to an S3 server, signed with AWS Signature Version 4 by code that shares nothing with any SDK.</summary>
/// <param name="Method">GET, PUT, HEAD, POST, DELETE.</param>
/// <param name="Bucket">The bucket, or nothing for the service.</param>
public sealed record S3Request(HttpMethod Method, string Bucket = "")
{
    private const string Region = "us-east-1";

    /// <summary>The object's key as it is; nothing for the bucket.</summary>
    public string Key { get; init; } = "";

    /// <summary>Parameters behind the question mark; a subresource such as <c>versioning</c> has an empty value.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    /// <summary>Further headers, <c>x-amz-…</c> among them; all are signed.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Makes the signed message.</summary>
    public HttpRequestMessage Sign(Uri endpoint, string accessKey, string secretKey, DateTimeOffset now)
    {
        string path = "/" + string.Join('/', new[] { Bucket, Key }.Where(part => part.Length > 0).Select(EscapePath));
        string query = string.Join('&', Query.Select(pair => (Name: Uri.EscapeDataString(pair.Key), Value: Uri.EscapeDataString(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}"));
        string time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string bodyHash = Convert.ToHexStringLower(SHA256.HashData(Body.Span));
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = endpoint.Authority, ["x-amz-content-sha256"] = bodyHash, ["x-amz-date"] = time,
        };
        foreach ((string name, string value) in Headers)
            signed[name.ToLowerInvariant()] = value;

        string names = string.Join(';', signed.Keys);
        string canonical = string.Join('\n',
            [Method.Method, path, query, .. signed.Select(header => $"{header.Key}:{header.Value.Trim()}"), "", names, bodyHash]);
        string scope = $"{time[..8]}/{Region}/s3/aws4_request";
        string text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        string signature = Convert.ToHexStringLower(Hmac(SigningKey(secretKey, time[..8]), text));

        var message = new HttpRequestMessage(Method, AddressOf(endpoint, path, query)) { Content = new ReadOnlyMemoryContent(Body) };
        message.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope}, SignedHeaders={names}, Signature={signature}");
        foreach ((string name, string value) in signed)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    // A key may hold "//", "." or ".." as it likes: the address is sent as it was signed.
    private static Uri AddressOf(Uri endpoint, string path, string query) => new(
        $"{endpoint.Scheme}://{endpoint.Authority}{path}{(query.Length > 0 ? "?" + query : "")}",
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static string EscapePath(string text) => string.Join('/', text.Split('/').Select(Uri.EscapeDataString));

    private static byte[] SigningKey(string secret, string day) =>
        new[] { day, Region, "s3", "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), Hmac);

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
