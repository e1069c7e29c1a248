namespace InMidst.Backup;

/// <summary>What a server that speaks S3 encrypts objects with.</summary>
public enum MidstS3Encryption
{
    /// <summary>A key of the server's own (SSE-S3).</summary>
    Aes256 = 1,

    /// <summary>A key of the key service (SSE-KMS).</summary>
    Kms,
}
