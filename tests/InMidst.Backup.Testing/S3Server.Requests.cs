using System.Globalization;
using System.Net;
using System.Xml.Linq;

namespace InMidst.Backup.Testing;

public sealed partial class S3Server
{
    /// <summary>Makes a bucket of the first user.</summary>
    /// <param name="name">Its name; without, a new one.</param>
    /// <param name="objectLock">Whether objects can be locked in it, which makes it versioned too.</param>
    /// <returns>Its name.</returns>
    public async Task<string> CreateBucketAsync(string? name = null, bool objectLock = false)
    {
        name ??= "b-" + Guid.NewGuid().ToString("N");
        var headers = new Dictionary<string, string>();
        if (objectLock)
            headers["x-amz-bucket-object-lock-enabled"] = "true";
        await SendAsync(new S3Request(HttpMethod.Put, name) { Headers = headers });
        return name;
    }

    /// <summary>Makes a bucket keep old versions.</summary>
    public async Task EnableVersioningAsync(string bucket) => await SendAsync(new S3Request(HttpMethod.Put, bucket)
    {
        Query = new Dictionary<string, string> { ["versioning"] = "" },
        Body = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>"u8.ToArray(),
    });

    /// <summary>Writes an object behind everyone's back.</summary>
    public async Task PutObjectAsync(string bucket, string key, ReadOnlyMemory<byte> content) =>
        await SendAsync(new S3Request(HttpMethod.Put, bucket) { Key = key, Body = content });

    /// <summary>The bytes of an object.</summary>
    /// <exception cref="S3ServerException">There is none.</exception>
    public async Task<byte[]> GetObjectAsync(string bucket, string key) =>
        (await SendAsync(new S3Request(HttpMethod.Get, bucket) { Key = key })).Body;

    /// <summary>The headers of an object, or null where there is none.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> HeadObjectAsync(string bucket, string key)
    {
        S3Answer answer = await AskAsync(new S3Request(HttpMethod.Head, bucket) { Key = key });
        return answer.Status == HttpStatusCode.NotFound ? null : answer.ThrowIfRefused().Headers;
    }

    /// <summary>Removes an object.</summary>
    public async Task DeleteObjectAsync(string bucket, string key) =>
        await SendAsync(new S3Request(HttpMethod.Delete, bucket) { Key = key });

    /// <summary>All objects of a bucket, in the server's order.</summary>
    public async Task<IReadOnlyList<(string Key, long Length)>> ListAsync(string bucket, string prefix = "")
    {
        var found = new List<(string, long)>();
        for (string? next = ""; next is not null;)
        {
            var query = new Dictionary<string, string> { ["list-type"] = "2", ["prefix"] = prefix };
            if (next.Length > 0)
                query["continuation-token"] = next;
            XElement page = (await SendAsync(new S3Request(HttpMethod.Get, bucket) { Query = query })).Xml;
            XNamespace space = page.Name.Namespace;
            found.AddRange(page.Elements(space + "Contents").Select(entry => (
                entry.Element(space + "Key")!.Value, long.Parse(entry.Element(space + "Size")!.Value, CultureInfo.InvariantCulture))));
            next = page.Element(space + "NextContinuationToken")?.Value;
        }

        return found;
    }

    /// <summary>The multipart uploads of a bucket that are neither completed nor aborted (the first thousand).</summary>
    public async Task<IReadOnlyList<(string Key, string UploadId)>> ListUploadsAsync(string bucket)
    {
        XElement page = (await SendAsync(new S3Request(HttpMethod.Get, bucket) { Query = new Dictionary<string, string> { ["uploads"] = "" } })).Xml;
        XNamespace space = page.Name.Namespace;
        return [.. page.Elements(space + "Upload").Select(u => (u.Element(space + "Key")!.Value, u.Element(space + "UploadId")!.Value))];
    }

    /// <summary>Waits until the cluster takes writes again, after daemons were killed and started: no placement group is without its copies.</summary>
    public async Task UntilWritableAsync()
    {
        string bucket = await CreateBucketAsync();
        // A request waits for its placement group; these few names reach each of them.
        string[] keys = [.. Enumerable.Range(0, 16).Select(number => "probe-" + number)];
        await Task.WhenAll(keys.Select(key => PutObjectAsync(bucket, key, new byte[100])));
        await Task.WhenAll(keys.Select(key => DeleteObjectAsync(bucket, key)));
        await SendAsync(new S3Request(HttpMethod.Delete, bucket));
    }

    /// <summary>Sends a request as the first user.</summary>
    /// <exception cref="S3ServerException">It was refused; the message holds the answer.</exception>
    public async Task<S3Answer> SendAsync(S3Request request) => (await AskAsync(request)).ThrowIfRefused();

    /// <summary>Sends a request and gives the answer, whatever it is.</summary>
    /// <param name="request">The request.</param>
    /// <param name="accessKey">Whose it is; without, the first user's.</param>
    /// <param name="secretKey">The secret key it is signed with.</param>
    /// <param name="now">When it claims to have been made.</param>
    public async Task<S3Answer> AskAsync(S3Request request, string? accessKey = null, string? secretKey = null, DateTimeOffset? now = null)
    {
        using HttpRequestMessage message = request.Sign(Endpoint, accessKey ?? AccessKey, secretKey ?? SecretKey, now ?? DateTimeOffset.UtcNow);
        using HttpResponseMessage answer = await _http.SendAsync(message);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
        return new S3Answer($"{message.Method} {message.RequestUri!.PathAndQuery}", answer.StatusCode, headers, body);
    }
}
