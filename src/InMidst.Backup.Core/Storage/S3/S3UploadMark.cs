namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Tells the object of one upload from that of another with the same content.</summary>
/// <param name="Value">What stands in the object's metadata.</param>
internal sealed record S3UploadMark(string Value)
{
    internal static S3UploadMark New() => new(Guid.NewGuid().ToString("N"));

    /// <summary>Whether the upload wrote the object. Where a server keeps no metadata the content decides.</summary>
    /// <param name="head">The object.</param>
    /// <param name="tag">The entity tag that the content has where tags are made of MD5; null when it is not known.</param>
    internal bool IsOn(S3Head head, string? tag) => head.UploadMark is { } mark ? mark == Value : tag is not null && head.ETag == tag;
}
