namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>A request that <see cref="FakeS3Server"/> got.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Kind">What it asks for: the method, and the subresource if there is one ("PUT", "POST uploads", "GET list").</param>
/// <param name="Key">The object's key; empty for the bucket.</param>
/// <param name="Headers">Its headers, those of the content too.</param>
/// <param name="ContentLength">Bytes of its content.</param>
internal sealed record FakeCall(int Number, string Kind, string Key, IReadOnlyDictionary<string, string> Headers, int ContentLength);
