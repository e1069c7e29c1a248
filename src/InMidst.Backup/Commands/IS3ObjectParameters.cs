using System.Collections;

namespace InMidst.Backup.Commands;

/// <summary>What backups on S3 are given: the same parameters on each command that writes them.</summary>
internal interface IS3ObjectParameters
{
    /// <summary>What the S3 server encrypts the backup with at rest.</summary>
    /// <value>what the bucket does by itself</value>
    MidstS3Encryption? S3ServerSideEncryption { get; }

    /// <summary>Key of the key service, with -S3ServerSideEncryption Kms.</summary>
    /// <value>the account's own key</value>
    string? S3KmsKeyId { get; }

    /// <summary>Storage class of the backup's objects on S3, such as STANDARD_IA. From classes that must be thawed first nothing can be restored.</summary>
    /// <value>what the bucket does by itself</value>
    string? S3StorageClass { get; }

    /// <summary>Tags of the backup's objects on S3, ten at most.</summary>
    Hashtable? S3Tag { get; }

    /// <summary>Keeps the backup's objects on S3 against removal until -S3RetainUntil. The bucket must have been made with Object Lock.</summary>
    /// <value>what the bucket does by itself</value>
    MidstS3ObjectLock? S3ObjectLock { get; }

    /// <summary>Until when -S3ObjectLock keeps the backup. Without an offset it is local time.</summary>
    DateTimeOffset? S3RetainUntil { get; }

    /// <summary>Puts a legal hold on the backup's objects on S3, which keeps them until somebody takes it away.</summary>
    bool HasS3LegalHold { get; }

    /// <summary>Bytes of one part of an upload to S3: 5MB to 48MB. Some are held in memory.</summary>
    /// <value>16MB</value>
    int? S3PartSize { get; }

    /// <summary>Parts that an object on S3 may have; some providers take 1,000 only. What is longer is written as several objects.</summary>
    /// <value>10000</value>
    int? S3MaximumParts { get; }
}
