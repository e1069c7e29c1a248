using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>What objects are given beside their content, in the two requests that begin one.</summary>
internal sealed class S3ObjectProperties(S3Settings settings)
{
    /// <summary>Metadata that tells which upload wrote an object, so that one whose answer was lost is recognised.</summary>
    internal const string UploadMark = "x-amz-meta-midst-upload";

    // Locks and heartbeats are rewritten and removed all the time; protected from that they would be there for ever.
    internal const string OwnPrefix = ".midst/";

    /// <summary>Whether Object Lock, storage class and tags are for this object.</summary>
    internal static bool IsBackup(string name) => !name.StartsWith(OwnPrefix, StringComparison.Ordinal);

    /// <summary>What Object Lock the object is to have.</summary>
    internal DateTimeOffset? LockUntil(string name) => IsBackup(name) ? settings.LockUntil : null;

    /// <summary>Whether the object is to have a legal hold.</summary>
    internal bool LegalHold(string name) => IsBackup(name) && settings.LegalHold;

    internal bool Encrypts => settings.Encryption != S3ServerSideEncryption.None;

    internal ObjectLockMode? LockMode => settings.LockMode switch
    {
        S3LockMode.Governance => ObjectLockMode.Governance,
        S3LockMode.Compliance => ObjectLockMode.Compliance,
        _ => null,
    };

    /// <summary>Tells apart what an object is given when it is begun; the date of its lock, which can be put off later, is left out.</summary>
    internal string FingerprintOf(string name)
    {
        IEnumerable<string?> values = IsBackup(name)
            ? [
                settings.StorageClass, LockMode?.Value, settings.LegalHold.ToString(),
                .. settings.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).SelectMany(tag => (string[])[tag.Key, tag.Value]),
            ]
            : [];
        string all = string.Join('\n', values.Prepend(settings.KmsKeyId).Prepend(EncryptionMethod?.Value));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    internal void Apply(PutObjectRequest request, string name, string mark)
    {
        request.Metadata.Add(UploadMark, mark);
        request.ContentType = ContentTypeOf(name);
        request.ServerSideEncryptionMethod = EncryptionMethod;
        request.ServerSideEncryptionKeyManagementServiceKeyId = settings.KmsKeyId;
        if (!IsBackup(name))
            return;
        request.StorageClass = StorageClass;
        request.TagSet = Tags(name);
        request.ObjectLockMode = LockMode;
        request.ObjectLockRetainUntilDate = settings.LockUntil?.UtcDateTime;
        request.ObjectLockLegalHoldStatus = settings.LegalHold ? ObjectLockLegalHoldStatus.On : null;
    }

    internal void Apply(InitiateMultipartUploadRequest request, string name, string mark)
    {
        request.Metadata.Add(UploadMark, mark);
        request.ContentType = ContentTypeOf(name);
        request.ServerSideEncryptionMethod = EncryptionMethod;
        request.ServerSideEncryptionKeyManagementServiceKeyId = settings.KmsKeyId;
        if (!IsBackup(name))
            return;
        request.StorageClass = StorageClass;
        request.TagSet = Tags(name);
        request.ObjectLockMode = LockMode;
        request.ObjectLockRetainUntilDate = settings.LockUntil?.UtcDateTime;
        request.ObjectLockLegalHoldStatus = settings.LegalHold ? ObjectLockLegalHoldStatus.On : null;
    }

    private ServerSideEncryptionMethod? EncryptionMethod => settings.Encryption switch
    {
        S3ServerSideEncryption.Aes256 => ServerSideEncryptionMethod.AES256,
        S3ServerSideEncryption.Kms => ServerSideEncryptionMethod.AWSKMS,
        _ => null,
    };

    private S3StorageClass? StorageClass => settings.StorageClass is { } name ? S3StorageClass.FindValue(name) : null;

    // Without one the SDK would say what it guesses from the name, and browsers would unpack what is downloaded.
    private static string ContentTypeOf(string name) =>
        name.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream";

    /// <summary>The object's tags; null for none.</summary>
    internal List<Tag>? Tags(string name) => settings.Tags.Count == 0 || !IsBackup(name)
        ? null
        : [.. settings.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];
}
