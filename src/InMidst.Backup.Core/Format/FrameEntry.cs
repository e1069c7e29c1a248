namespace InMidst.Backup.Core.Format;

/// <summary>One frame.</summary>
public sealed record FrameEntry
{
    /// <summary>What it holds.</summary>
    public required FrameKind Kind { get; init; }

    /// <summary>First byte in the file.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes in the file.</summary>
    public required long Length { get; init; }

    /// <summary>Bytes after decompression.</summary>
    public required long RawLength { get; init; }

    /// <summary>XXH128 of the bytes in the file, 32 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    /// <summary>Position in <see cref="DumpIndex.Tables"/>, for data frames.</summary>
    public int? Table { get; init; }

    /// <summary>Rows in a data frame.</summary>
    public long? Rows { get; init; }
}
