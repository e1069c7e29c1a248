namespace InMidst.Backup.Testing;

/// <summary>What an <see cref="HttpFaultProxy"/> does to a request instead of passing it on.</summary>
public sealed record HttpFault
{
    internal enum Kind
    {
        Answer,
        CutRequest,
        CutResponse,
        StallRequest,
        StallResponse,
        FlipResponse,
        LoseAnswer,
        HoldAnswer,
    }

    private HttpFault(Kind what, long after = 0) => (What, After) = (what, after);

    internal Kind What { get; }

    internal long After { get; }

    internal int Status { get; private init; }

    internal string Reason { get; private init; } = "";

    internal string Body { get; private init; } = "";

    internal string Header { get; private init; } = "";

    /// <summary>503 SlowDown, as of a server that has too much to do.</summary>
    public static HttpFault SlowDown { get; } = Refusal(503, "SlowDown", "Please reduce your request rate.");

    /// <summary>500 InternalError.</summary>
    public static HttpFault InternalError { get; } = Refusal(500, "InternalError", "We encountered an internal error. Please try again.");

    /// <summary>The whole request goes to the server, and its answer to nobody: the connection breaks.</summary>
    public static HttpFault LoseAnswer { get; } = new(Kind.LoseAnswer);

    /// <summary>The whole request goes to the server, and its answer waits until the fault is taken away.</summary>
    public static HttpFault HoldAnswer { get; } = new(Kind.HoldAnswer);

    /// <summary>The proxy answers as S3 refuses, and the server never hears of the request.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">S3's code: ExpiredToken.</param>
    /// <param name="message">S3's message.</param>
    /// <param name="header">A further header line, such as <c>Retry-After: 1</c>.</param>
    public static HttpFault Refusal(int status, string code, string message, string header = "") => new(Kind.Answer)
    {
        Status = status,
        Reason = code,
        Body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>proxy</RequestId></Error>",
        Header = header,
    };

    /// <summary>The connection is reset after so many bytes of the request's body have gone to the server.</summary>
    public static HttpFault CutRequestAfter(long bytes) => new(Kind.CutRequest, bytes);

    /// <summary>The connection is reset after so many bytes of the answer's body have come to the client.</summary>
    public static HttpFault CutResponseAfter(long bytes) => new(Kind.CutResponse, bytes);

    /// <summary>Nothing moves any more after so many bytes of the request's body, until the fault is taken away.</summary>
    public static HttpFault StallRequestAfter(long bytes) => new(Kind.StallRequest, bytes);

    /// <summary>Nothing moves any more after so many bytes of the answer's body, until the fault is taken away.</summary>
    public static HttpFault StallResponseAfter(long bytes) => new(Kind.StallResponse, bytes);

    /// <summary>One bit of the answer's body is wrong.</summary>
    /// <param name="position">The byte it is in, from 0.</param>
    public static HttpFault FlipResponseBit(long position) => new(Kind.FlipResponse, position);
}
