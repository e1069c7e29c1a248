namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>A multipart upload of <see cref="FakeS3Server"/>.</summary>
internal sealed record FakeUpload(string Key, DateTimeOffset Since, Dictionary<string, string> Headers)
{
    public SortedDictionary<int, byte[]> Parts { get; } = [];
}
