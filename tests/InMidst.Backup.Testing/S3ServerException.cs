namespace InMidst.Backup.Testing;

/// <summary>The S3 fixture could not do its part: no programs, a daemon that does not start, a request that was refused.</summary>
public sealed class S3ServerException(string message) : Exception(message);
