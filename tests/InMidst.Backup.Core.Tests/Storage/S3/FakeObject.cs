namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>An object of <see cref="FakeS3Server"/>.</summary>
internal sealed record FakeObject(byte[] Content, string Tag, DateTimeOffset Since, Dictionary<string, string> Headers);
