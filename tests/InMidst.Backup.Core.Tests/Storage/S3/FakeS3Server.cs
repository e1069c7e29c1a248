using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Web;
using System.Xml.Linq;

#pragma warning disable CA5351 // the protocol's MD5

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>
/// As much of S3 as the driver uses, in memory and without signatures, behind the SDK's HTTP client: for failures at chosen moments and
/// for ways of servers that the real one of the tests has not.
/// </summary>
internal sealed partial class FakeS3Server(TimeProvider clock) : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, FakeObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeUpload> _uploads = [];
    private readonly List<FakeCall> _calls = [];
    private int _ids;

    /// <summary>Decides which requests fail.</summary>
    public Func<FakeCall, FakeFault?>? Fault { get; set; }

    /// <summary>Whether If-None-Match is known at all; else the answer is 501.</summary>
    public bool KnowsConditions { get; init; } = true;

    /// <summary>Whether If-None-Match is looked at when parts become an object (AWS does, Ceph does not).</summary>
    public bool ConditionalCompletion { get; init; } = true;

    /// <summary>Whether metadata of objects is kept.</summary>
    public bool KeepsMetadata { get; init; } = true;

    /// <summary>Whether tags are made of MD5.</summary>
    public bool TagsAreMd5 { get; init; } = true;

    /// <summary>Whether Object Lock headers and tags of multipart uploads are dropped, as Ceph does.</summary>
    public bool DropsHeadersOfUploads { get; init; }

    /// <summary>Whether the credentials may read objects and nothing else: who may not list is refused what is not there.</summary>
    public bool MayOnlyRead { get; set; }

    /// <summary>Whether Range is not looked at.</summary>
    public bool IgnoresRanges { get; init; }

    /// <summary>Whether listings tell that there is more, but not how to go on (version 1 of the request).</summary>
    public bool ForgetsContinuations { get; init; }

    /// <summary>Keys per page.</summary>
    public int PageLength { get; init; } = 1000;

    /// <summary>By how much the server's clock is ahead of <see cref="TimeProvider"/>'s.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>All requests, failed ones too.</summary>
    public IReadOnlyList<FakeCall> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    /// <summary>The objects by key.</summary>
    public IReadOnlyDictionary<string, FakeObject> Objects
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, FakeObject>(_objects);
        }
    }

    /// <summary>Uploads that are neither completed nor aborted.</summary>
    public int Uploads
    {
        get
        {
            lock (_gate)
                return _uploads.Count;
        }
    }

    /// <summary>The uploads by id.</summary>
    public IReadOnlyDictionary<string, FakeUpload> OpenUploads
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, FakeUpload>(_uploads);
        }
    }

    /// <summary>Puts an object there, as another program would.</summary>
    public void Put(string key, byte[] content)
    {
        lock (_gate)
            _objects[key] = new FakeObject(content, Tag(content), Now, []);
    }

    private DateTimeOffset Now => clock.GetUtcNow() + Ahead;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] content = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var asked = new FakeRequest(request, content);
        FakeCall call;
        lock (_gate)
        {
            call = new FakeCall(_calls.Count + 1, asked.Kind, asked.Key, asked.Headers, content.Length);
            _calls.Add(call);
        }

        FakeFault? fault = Fault?.Invoke(call);
        if (fault is { Stalls: true })
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        HttpResponseMessage answer;
        lock (_gate)
            answer = fault is { HasEffect: false, CutAfter: null } ? Failing(fault) : Answer(asked);
        if (fault is { HasEffect: true })
            answer = Failing(fault);
        if (fault?.CutAfter is { } length)
            answer.Content = new CutContent(await answer.Content.ReadAsByteArrayAsync(cancellationToken), length);
        answer.RequestMessage = request;
        answer.Headers.Date = Now;
        return answer;
    }

    private static HttpResponseMessage Failing(FakeFault fault)
    {
        if (fault.Status is not { } status)
            throw new HttpRequestException("The connection broke.", new SocketException((int)SocketError.ConnectionReset));
        HttpResponseMessage answer = Error(status, fault.Code, fault.Message);
        foreach ((string name, string value) in fault.Headers)
            answer.Headers.Add(name, value);
        return answer;
    }

    private static HttpResponseMessage Error(HttpStatusCode status, string code, string message = "no words") =>
        Xml(new XElement("Error", new XElement("Code", code), new XElement("Message", message)), status);

    private static HttpResponseMessage Xml(XElement content, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(content.ToString(), Encoding.UTF8, "application/xml") };

    private HttpResponseMessage Answer(FakeRequest asked) => asked.Kind switch
    {
        not ("GET" or "HEAD") when MayOnlyRead => Error(HttpStatusCode.Forbidden, "AccessDenied"),
        "GET list" => List(asked),
        "GET uploads" => ListUploads(asked),
        "PUT" => PutObject(asked),
        "POST" => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(FakeTokenService.KeysBy("AssumeRole"), Encoding.UTF8, "text/xml") },
        "GET" or "HEAD" => Read(asked),
        "DELETE" => Delete(asked),
        "POST uploads" => Begin(asked),
        "PUT part" => PutPart(asked),
        "POST upload" => Complete(asked),
        "GET upload" => ListParts(asked),
        "DELETE upload" => new HttpResponseMessage(_uploads.Remove(asked.Query["uploadId"]!) ? HttpStatusCode.NoContent : HttpStatusCode.NotFound),
        "PUT retention" or "PUT legal-hold" or "PUT tagging" => Protect(asked),
        _ => Error(HttpStatusCode.NotImplemented, "NotImplemented", asked.Kind),
    };

    private HttpResponseMessage PutObject(FakeRequest asked)
    {
        if (Refuses(asked, true) is { } refusal)
            return refusal;
        var stored = new FakeObject(asked.Content, Tag(asked.Content), Now, KeptHeaders(asked));
        _objects[asked.Key] = stored;
        return Tagged(new HttpResponseMessage(HttpStatusCode.OK), stored.Tag);
    }

    private HttpResponseMessage? Refuses(FakeRequest asked, bool looksAtConditions)
    {
        if (asked.Headers.TryGetValue("Content-MD5", out string? md5) && md5 != Convert.ToBase64String(MD5.HashData(asked.Content)))
            return Error(HttpStatusCode.BadRequest, "BadDigest");
        if (!asked.Headers.ContainsKey("If-None-Match"))
            return null;
        if (!KnowsConditions)
            return Error(HttpStatusCode.NotImplemented, "NotImplemented");
        return looksAtConditions && _objects.ContainsKey(asked.Key) ? Error(HttpStatusCode.PreconditionFailed, "PreconditionFailed") : null;
    }

    private HttpResponseMessage Read(FakeRequest asked)
    {
        if (MayOnlyRead && !_objects.ContainsKey(asked.Key))
            return asked.Kind == "HEAD" ? new HttpResponseMessage(HttpStatusCode.Forbidden) : Error(HttpStatusCode.Forbidden, "AccessDenied");
        if (!_objects.TryGetValue(asked.Key, out FakeObject? stored))
            return asked.Kind == "HEAD" ? new HttpResponseMessage(HttpStatusCode.NotFound) : Error(HttpStatusCode.NotFound, "NoSuchKey");
        if (IgnoresRanges)
            asked.Headers.Remove("Range");
        (int start, int end) = asked.RangeOf(stored.Content.Length);
        if (start >= stored.Content.Length && asked.Headers.ContainsKey("Range"))
            return Error(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidRange");
        var answer = new HttpResponseMessage(asked.Headers.ContainsKey("Range") ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
        {
            Content = new ByteArrayContent(asked.Kind == "HEAD" ? [] : stored.Content[start..end]),
        };
        answer.Content.Headers.ContentLength = end - start;
        answer.Content.Headers.LastModified = stored.Since;
        foreach ((string name, string value) in stored.Headers)
            answer.Headers.Add(name, value);
        return Tagged(answer, stored.Tag);
    }

    private HttpResponseMessage Delete(FakeRequest asked)
    {
        _objects.Remove(asked.Key);
        return new HttpResponseMessage(HttpStatusCode.NoContent);
    }

    private HttpResponseMessage Protect(FakeRequest asked)
    {
        XElement asks = XElement.Parse(Encoding.UTF8.GetString(asked.Content));
        string Value(string name) => asks.Elements().Single(element => element.Name.LocalName == name).Value;
        Dictionary<string, string> headers = _objects[asked.Key].Headers;
        if (asked.Kind == "PUT tagging")
        {
            headers["x-amz-tagging-count"] = asks.Descendants().Count(element => element.Name.LocalName == "Tag").ToString(CultureInfo.InvariantCulture);
        }
        else if (asked.Kind == "PUT legal-hold")
        {
            headers["x-amz-object-lock-legal-hold"] = Value("Status");
        }
        else
        {
            headers["x-amz-object-lock-mode"] = Value("Mode");
            headers["x-amz-object-lock-retain-until-date"] = Value("RetainUntilDate");
        }

        return new HttpResponseMessage(HttpStatusCode.OK);
    }

    private HttpResponseMessage List(FakeRequest asked)
    {
        string after = asked.Query["continuation-token"] ?? "";
        int most = Math.Min(PageLength, int.Parse(asked.Query["max-keys"] ?? "1000", CultureInfo.InvariantCulture));
        var found = _objects.Where(pair => pair.Key.StartsWith(asked.Query["prefix"] ?? "", StringComparison.Ordinal)
            && string.CompareOrdinal(pair.Key, after) > 0).ToList();
        return Xml(new XElement(
            "ListBucketResult",
            new XElement("EncodingType", "url"),
            new XElement("IsTruncated", found.Count > most),
            ForgetsContinuations ? null : new XElement("NextContinuationToken", found.Count > most ? found[most - 1].Key : ""),
            found.Take(most).Select(pair => new XElement(
                "Contents", new XElement("Key", HttpUtility.UrlEncode(pair.Key)), new XElement("Size", pair.Value.Content.Length),
                new XElement("ETag", $"\"{pair.Value.Tag}\""),
                new XElement("LastModified", pair.Value.Since.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))))));
    }

    private string Tag(byte[] content) => Convert.ToHexStringLower(TagsAreMd5 ? MD5.HashData(content) : SHA256.HashData(content)[..16]);

    private Dictionary<string, string> KeptHeaders(FakeRequest asked, bool drops = false)
    {
        string[] kept =
        [
            "x-amz-server-side", "x-amz-storage-class", .. KeepsMetadata ? ["x-amz-meta-"] : Array.Empty<string>(),
            .. drops ? Array.Empty<string>() : ["x-amz-object-lock"],
        ];
        Dictionary<string, string> headers = asked.Headers
            .Where(header => kept.Any(start => header.Key.StartsWith(start, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);
        if (!drops && asked.Headers.TryGetValue("x-amz-tagging", out string? tags))
            headers["x-amz-tagging-count"] = tags.Split('&').Length.ToString(CultureInfo.InvariantCulture);
        return headers;
    }

    private static HttpResponseMessage Tagged(HttpResponseMessage answer, string tag)
    {
        answer.Headers.ETag = new System.Net.Http.Headers.EntityTagHeaderValue($"\"{tag}\"");
        return answer;
    }
}
