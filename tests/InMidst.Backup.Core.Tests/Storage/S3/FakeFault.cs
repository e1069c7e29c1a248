using System.Net;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>How a request to <see cref="FakeS3Server"/> fails.</summary>
/// <param name="HasEffect">Whether it has its effect first.</param>
/// <param name="Status">The answer's status; null for a connection that breaks.</param>
/// <param name="Code">The answer's error code.</param>
internal sealed record FakeFault(bool HasEffect, HttpStatusCode? Status = null, string Code = "")
{
    /// <summary>The connection breaks before the request arrives.</summary>
    public static FakeFault Unreached { get; } = new(false);

    /// <summary>The request has its effect, and the connection breaks before the answer.</summary>
    public static FakeFault LostAnswer { get; } = new(true);

    /// <summary>The server asks to be left alone for a moment.</summary>
    public static FakeFault SlowDown { get; } = new(false, HttpStatusCode.ServiceUnavailable, "SlowDown");

    /// <summary>No answer ever comes.</summary>
    public bool Stalls { get; init; }

    /// <summary>The answer is cut after so many bytes of content, by a broken connection.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Headers of the answer.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The server's words.</summary>
    public string Message { get; init; } = "Said by the test";
}
