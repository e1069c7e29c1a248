namespace InMidst.Backup.Core.Format;

/// <summary>How the frames of a dump are compressed.</summary>
public enum CompressionKind
{
    /// <summary>gzip (RFC 1952), read by gunzip everywhere.</summary>
    Gzip,

    /// <summary>Zstandard (RFC 8878): smaller and faster, read by zstd.</summary>
    Zstd,

    /// <summary>Not compressed.</summary>
    None,
}
