namespace InMidst.Backup.Core.Storage.S3;

/// <summary>What the server is asked to encrypt objects with.</summary>
public enum S3ServerSideEncryption
{
    /// <summary>Nothing is asked; the bucket's own setting holds.</summary>
    None,

    /// <summary>SSE-S3: with a key of the server's.</summary>
    Aes256,

    /// <summary>SSE-KMS: with a key of the key service.</summary>
    Kms,
}
