namespace InMidst.Backup.Core.Format;

/// <summary>Where the index frame lies.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Of those bytes.</param>
public sealed record IndexLocation(long Offset, long Length, string Sha256);
