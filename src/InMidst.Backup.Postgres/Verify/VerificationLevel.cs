namespace InMidst.Backup.Postgres.Verify;

/// <summary>How deep a test goes. Each level includes what the one before proves.</summary>
public enum VerificationLevel
{
    /// <summary>The stored bytes are the ones that were written: size, SHA-256, every frame's hash.</summary>
    Stored,

    /// <summary>Everything is decompressed and parsed; rows and checksums of every table are those of the source.</summary>
    Content,

    /// <summary>The backup is restored into a server and compared there, table by table.</summary>
    Restore,
}
