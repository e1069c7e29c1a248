using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.Runtime;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>The one place where failures of the SDK, the network and the server become <see cref="StorageException"/>.</summary>
/// <param name="location">The repository.</param>
/// <param name="server">The server, as messages call it.</param>
/// <param name="clock">Knows how far the clocks are apart.</param>
/// <param name="regionOfBucket">The region that the server named, or null.</param>
internal sealed class S3Errors(S3Location location, string server, ServerClock clock, Func<string?> regionOfBucket)
{
    /// <summary>The server's answer to a conditional write whose condition does not hold.</summary>
    internal const string PreconditionFailed = "PreconditionFailed";

    /// <summary>The multipart upload was completed or aborted.</summary>
    internal const string NoSuchUpload = "NoSuchUpload";

    /// <summary>The parts that are to become an object are not those that the server has.</summary>
    internal const string InvalidPart = "InvalidPart";

    /// <summary>The server does not know a header or a request.</summary>
    internal const string NotImplemented = "NotImplemented";

    /// <summary>Whether the exception is the word of SDK, network or server, not a defect of ours.</summary>
    internal static bool IsFailure(Exception exception) =>
        exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or SocketException
            or OperationCanceledException or TimeoutException or AuthenticationException or XmlException;

    /// <summary>The server's code for a failure that was translated; where it has none, one made of the status.</summary>
    internal static string? CodeOf(Exception exception) => exception.InnerException is AmazonServiceException answer ? CodeOf(answer) : null;

    /// <summary>The status of the answer, or null when there was none.</summary>
    internal static HttpStatusCode? StatusOf(Exception exception) => (exception.InnerException as AmazonServiceException)?.StatusCode;

    /// <summary>Whether the request may have had its effect although it failed: no answer, or none that says no.</summary>
    internal static bool LeavesEffectOpen(StorageException exception) =>
        exception.InnerException is not AmazonServiceException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError };

    /// <summary>Whether the server says that the keys were right once.</summary>
    internal static bool IsExpired(StorageException exception) => CodeOf(exception) is "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired";

    /// <summary>Translates a failure for which <see cref="IsFailure"/> holds.</summary>
    /// <param name="call">What failed.</param>
    /// <param name="exception">How.</param>
    /// <param name="timedOut">Whether our own limit ended it.</param>
    internal StorageException Translate(S3Call call, Exception exception, bool timedOut)
    {
        if (timedOut)
            return Passing(call, $"{server} did not go on with it for a long time", exception);
        return Find<AmazonServiceException>(exception) is { StatusCode: not 0 } answer ? OfAnswer(call, answer) : OfNetwork(call, exception);
    }

    /// <summary>An object that is not there.</summary>
    internal StorageException NoObject(string name, Exception? cause = null) => new(
        ErrorIds.ObjectNotFound, $"'{name}' does not exist in {location}.", isPermanent: true, cause, name);

    /// <summary>A name that is taken.</summary>
    internal StorageException Exists(string name, Exception? cause = null) => new(
        ErrorIds.ObjectExists, $"'{name}' exists already in {location}.", isPermanent: true, cause, name);

    /// <summary>An object that is another one than it was.</summary>
    internal StorageException Changed(string name) => new(
        ErrorIds.ObjectChanged, $"'{name}' in {location} was replaced or removed while it was being read.", isPermanent: true, target: name);

    /// <summary>An upload that somebody ended.</summary>
    internal StorageException UploadVanished(string name, Exception? cause) => new(
        ErrorIds.RepositoryUnavailable, $"The unfinished upload of '{name}' to {location} was removed by someone else.",
        isPermanent: false, cause, name);

    /// <summary>An answer with other bytes than were asked for.</summary>
    internal StorageException RangeIgnored(string name) => new(
        ErrorIds.RepositoryUnavailable, $"{server} sent all of '{name}' in {location} when a part of it was asked for.", isPermanent: true, target: name,
        guidance: "Look for a proxy on the way that does not know ranges.");

    /// <summary>A page of a listing that does not tell where the next one begins.</summary>
    internal StorageException ListingEnds() => new(
        ErrorIds.RepositoryUnavailable, $"{server} says that there is more in {location} than it listed, and not how to go on.", isPermanent: true);

    /// <summary>A stored object that is not what was sent.</summary>
    internal StorageException NotAsSent(string name, string reason) => new(
        ErrorIds.RepositoryUnavailable, $"{server} stored '{name}' in {location} otherwise than it was sent: {reason}.",
        isPermanent: false, target: name);

    private static string CodeOf(AmazonServiceException answer) => answer.StatusCode switch
    {
        HttpStatusCode.PreconditionFailed => PreconditionFailed,
        HttpStatusCode.NotImplemented => NotImplemented,
        _ => string.IsNullOrEmpty(answer.ErrorCode) ? answer.StatusCode.ToString() : answer.ErrorCode,
    };

    private static T? Find<T>(Exception exception)
        where T : Exception
    {
        for (Exception? candidate = exception; candidate is not null; candidate = candidate.InnerException)
        {
            if (candidate is T found)
                return found;
        }

        return null;
    }

    private StorageException OfAnswer(S3Call call, AmazonServiceException answer) => CodeOf(answer) switch
    {
        "NoSuchBucket" => new StorageException(
            ErrorIds.RepositoryNotFound, $"The bucket '{location.Bucket}' does not exist on {server}.", isPermanent: true, answer,
            guidance: "Check the bucket's name, -S3Endpoint and -S3Region. A bucket is never made by a backup; make it first."),
        "NoSuchKey" => NoObject(call.Name ?? "", answer),
        NoSuchUpload => UploadVanished(call.Name ?? "", answer),
        InvalidPart or "InvalidPartOrder" => new StorageException(
            ErrorIds.RepositoryUnavailable, $"The unfinished upload of {What(call)} has other parts than were sent: somebody else wrote to it.",
            isPermanent: true, answer, call.Name, "Write it again: that begins anew."),
        PreconditionFailed => Exists(call.Name ?? "", answer),
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "ExpiredToken" or "ExpiredTokenException"
            or "TokenRefreshRequired" or "InvalidSecurity" or "InvalidClientTokenId" or "UnrecognizedClientException" => Refused(answer),
        "RequestTimeTooSkewed" or "RequestExpired" => Skewed(answer),
        "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException"
            or nameof(HttpStatusCode.MovedPermanently) => ElsewhereLies(answer),
        "QuotaExceeded" or "ServiceQuotaExceeded" or "InsufficientCapacity" or "InsufficientStorage" or "XMinioStorageFull" => new StorageException(
            ErrorIds.RepositoryFull, $"{server} has no room left for {What(call)} (quota or disk): {answer.Message}", isPermanent: true,
            answer, call.Name),
        "AccessDenied" or "AccountProblem" or "AllAccessDisabled" or "MethodNotAllowed" => Denied(call, answer),
        "ConditionalRequestConflict" or "OperationAborted" or "SlowDown" or "RequestTimeout" or "BadDigest" or "XAmzContentSHA256Mismatch"
            or "Throttling" or "ThrottlingException" or "RequestLimitExceeded" or "IncompleteBody" => Passing(call, Said(answer), answer),
        NotImplemented => new StorageException(
            ErrorIds.RepositoryUnavailable, $"{server} cannot do what is needed to {Verb(call)}: {answer.Message}", isPermanent: true, answer, call.Name),
        _ => OfStatus(call, answer),
    };

    private StorageException OfStatus(S3Call call, AmazonServiceException answer) => answer.StatusCode switch
    {
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => Denied(call, answer),
        HttpStatusCode.NotFound when call.Name is not null => NoObject(call.Name, answer),
        HttpStatusCode.InsufficientStorage => new StorageException(
            ErrorIds.RepositoryFull, $"{server} has no room left for {What(call)}: {answer.Message}", isPermanent: true, answer, call.Name),
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
            or (>= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices) => Passing(call, Said(answer), answer),
        HttpStatusCode.BadRequest => new StorageException(
            ErrorIds.InvalidArgument, $"{server} refused to {Verb(call)}: {Said(answer)}.", isPermanent: true, answer, call.Name,
            "Check what is asked of the bucket: Object Lock, encryption, storage class, region and the name."),
        _ => new StorageException(
            ErrorIds.RepositoryUnavailable, $"{server} refused to {Verb(call)}: {Said(answer)}.", isPermanent: true, answer, call.Name),
    };

    private StorageException OfNetwork(S3Call call, Exception exception)
    {
        if (Find<AuthenticationException>(exception) is { } tls)
        {
            return new StorageException(
                ErrorIds.TlsFailed, $"No trusted connection to {server} could be made: {tls.InnerException?.Message ?? tls.Message}",
                isPermanent: true, exception, guidance: "Name a PEM file with the server's CA (-S3CaCertificate or AWS_CA_BUNDLE), or check the endpoint's URL.");
        }

        if (Find<AmazonClientException>(exception) is { } client && Find<HttpRequestException>(client) is null && Find<IOException>(client) is null)
        {
            return new StorageException(
                ErrorIds.CredentialsNotFound, $"The credentials for {location} could not be renewed: {client.Message}", isPermanent: false, exception);
        }

        SocketException? socket = Find<SocketException>(exception);
        string reason = socket?.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"the name of {server} cannot be resolved",
            SocketError.ConnectionRefused => $"{server} refuses connections",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.TimedOut => $"{server} cannot be reached",
            _ => $"the connection to {server} was lost or not made ({(socket ?? exception.GetBaseException()).Message})",
        };
        return Passing(call, reason, exception, clock.HasAnswered ? null : "Check the network and the endpoint (-S3Endpoint, AWS_ENDPOINT_URL_S3, or the profile's).");
    }

    private StorageException Refused(AmazonServiceException answer) => new(
        ErrorIds.CredentialsRefused, $"{server} refused the credentials for {location}: {Said(answer)}.", isPermanent: true, answer);

    private StorageException Skewed(AmazonServiceException answer) => new(
        ErrorIds.ClockSkewed,
        clock.Ahead == TimeSpan.Zero
            ? $"{server} takes no requests with this machine's time: {Said(answer)}."
            : $"The clock of this machine is {clock.Difference} that of {server}, which takes no such requests.",
        isPermanent: true, answer);

    private StorageException ElsewhereLies(AmazonServiceException answer) => new(
        ErrorIds.RegionMismatch,
        regionOfBucket() is { } region
            ? $"The bucket '{location.Bucket}' lies in the region {region}."
            : $"The bucket '{location.Bucket}' lies in another region or behind another endpoint: {Said(answer)}.",
        isPermanent: true, answer,
        guidance: regionOfBucket() is { } named ? $"Say -S3Region {named}, or set AWS_REGION." : null);

    private StorageException Denied(S3Call call, AmazonServiceException answer) => new(
        ErrorIds.RepositoryAccessDenied, $"The credentials may not {Verb(call)} ({Right(call)}): {Said(answer)}.", isPermanent: true, answer,
        call.Name, $"Grant {Right(call)} on the bucket '{location.Bucket}', or use other credentials.");

    private StorageException Passing(S3Call call, string reason, Exception cause, string? guidance = null) => new(
        ErrorIds.RepositoryUnavailable, $"It was not possible to {Verb(call)}: {reason}.", isPermanent: false, cause, call.Name, guidance);

    // Some servers answer with a code and not one word.
    private static string Said(AmazonServiceException answer)
    {
        string code = string.IsNullOrEmpty(answer.ErrorCode) ? answer.StatusCode.ToString() : answer.ErrorCode;
        return string.IsNullOrWhiteSpace(answer.Message) ? code : $"{code}, {answer.Message.TrimEnd('.')}";
    }

    private string What(S3Call call) => call.Name is { } name ? $"'{name}' in {location}" : $"{location}";

    private string Verb(S3Call call) => call.Operation switch
    {
        S3Operation.List => $"list {location}",
        S3Operation.Read => $"read {What(call)}",
        S3Operation.Write => $"write {What(call)}",
        S3Operation.Delete => $"delete {What(call)}",
        S3Operation.ListUploads => $"list the unfinished uploads of {location}",
        S3Operation.ListParts => $"list the parts of the unfinished upload of {What(call)}",
        S3Operation.Abort => $"remove the unfinished upload of {What(call)}",
        S3Operation.SetRetention => $"lock {What(call)}",
        S3Operation.SetLegalHold => $"set a legal hold on {What(call)}",
        S3Operation.SetTags => $"tag {What(call)}",
        _ => throw new ArgumentOutOfRangeException(nameof(call)),
    };

    private static string Right(S3Call call) => call.Operation switch
    {
        S3Operation.List => "s3:ListBucket",
        S3Operation.Read => "s3:GetObject",
        S3Operation.Write => "s3:PutObject",
        S3Operation.Delete => "s3:DeleteObject",
        S3Operation.ListUploads => "s3:ListBucketMultipartUploads",
        S3Operation.ListParts => "s3:ListMultipartUploadParts",
        S3Operation.Abort => "s3:AbortMultipartUpload",
        S3Operation.SetRetention => "s3:PutObjectRetention",
        S3Operation.SetLegalHold => "s3:PutObjectLegalHold",
        S3Operation.SetTags => "s3:PutObjectTagging",
        _ => throw new ArgumentOutOfRangeException(nameof(call)),
    };
}
