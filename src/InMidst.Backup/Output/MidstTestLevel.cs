namespace InMidst.Backup;

/// <summary>How deep a test goes; each level includes the ones before.</summary>
public enum MidstTestLevel
{
    /// <summary>The stored bytes are those that were written: size, SHA-256, and the hash of every frame.</summary>
    Stored,

    /// <summary>All is decompressed and parsed; rows and checksums of every table are those of the source. Needs no server.</summary>
    Content,

    /// <summary>The backup is restored into a server and compared there: every table, large object, sequence and materialised view.</summary>
    Restore,
}
