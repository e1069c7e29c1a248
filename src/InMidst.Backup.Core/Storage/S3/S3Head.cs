using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>What HEAD tells of an object.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="LastModified">When it became visible, in UTC.</param>
/// <param name="ETag">Its entity tag, without quotes.</param>
internal sealed record S3Head(long Length, DateTimeOffset LastModified, string ETag)
{
    /// <summary>The upload that wrote it, as it was marked; null where the mark was not kept, or another program wrote it.</summary>
    internal string? UploadMark { get; private init; }

    /// <summary>Until when Object Lock holds.</summary>
    internal DateTimeOffset? LockedUntil { get; private init; }

    /// <summary>Whether a legal hold is on it.</summary>
    internal bool HasLegalHold { get; private init; }

    /// <summary>The version of it, in a bucket with versions.</summary>
    internal string? VersionId { get; private init; }

    /// <summary>How many tags it has, if the server says so and lets us know.</summary>
    internal int? Tags { get; private init; }

    /// <summary>Whether the server says that it encrypted it.</summary>
    internal bool IsEncrypted { get; private init; }

    internal static S3Head Of(GetObjectMetadataResponse answer) =>
        new(answer.ContentLength, UtcOf(answer.LastModified), Unquote(answer.ETag))
        {
            UploadMark = answer.Metadata[S3ObjectProperties.UploadMark] is { Length: > 0 } mark ? mark : null,
            LockedUntil = answer.ObjectLockRetainUntilDate is { } until && answer.ObjectLockMode?.Value is { Length: > 0 } ? UtcOf(until) : null,
            HasLegalHold = answer.ObjectLockLegalHoldStatus == Amazon.S3.ObjectLockLegalHoldStatus.On,
            VersionId = string.IsNullOrEmpty(answer.VersionId) ? null : answer.VersionId,
            Tags = answer.TagsCount,
            IsEncrypted = answer.ServerSideEncryptionMethod?.Value is { Length: > 0 },
        };

    /// <summary>As the storage tells it.</summary>
    internal StorageEntry ToEntry(string name) =>
        new(name, Length, LastModified) { Version = ETag, LockedUntil = LockedUntil, HasLegalHold = HasLegalHold };

    /// <summary>Some servers hand the tag out with quotes and compare it without.</summary>
    internal static string Unquote(string? tag) => tag?.Trim('"') ?? "";

    /// <summary>HEAD knows whole seconds only, listings more: one object must have one time.</summary>
    internal static DateTimeOffset UtcOf(DateTime? time)
    {
        DateTime utc = (time ?? DateTime.UnixEpoch).ToUniversalTime();
        return new DateTimeOffset(utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerSecond)), TimeSpan.Zero);
    }
}
