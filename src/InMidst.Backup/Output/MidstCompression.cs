namespace InMidst.Backup;

/// <summary>Compression of a dump.</summary>
public enum MidstCompression
{
    /// <summary>gzip: .sql.gz, read by gunzip everywhere.</summary>
    Gzip,

    /// <summary>Zstandard: .sql.zst, smaller and faster, read by zstd.</summary>
    Zstd,

    /// <summary>Plain .sql.</summary>
    None,
}
