using System.Collections.ObjectModel;
using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>How a bucket is reached and what objects in it are like. What is null comes from the environment, as AWS's own tools read it.</summary>
public sealed record S3Settings
{
    /// <summary>Smallest part the protocol has (but for the last of an object).</summary>
    public const int SmallestPartLength = 5 << 20;

    /// <summary>Largest part we make, so that a few of them fit into memory.</summary>
    public const int LargestPartLength = 48 << 20;

    /// <summary>The server's URL; null for AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's, or AWS itself.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The bucket's region; null for AWS_REGION, AWS_DEFAULT_REGION, the profile's, or us-east-1.</summary>
    public string? Region { get; init; }

    /// <summary>A profile of the AWS configuration files, which alone is asked for credentials then.</summary>
    public string? Profile { get; init; }

    /// <summary>The access key; with <see cref="SecretKey"/> nothing else is asked for credentials.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret key.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The token of temporary keys.</summary>
    public string? SessionToken { get; init; }

    /// <summary>A role that is assumed with the credentials.</summary>
    public string? RoleArn { get; init; }

    /// <summary>What the session is called in the account's records.</summary>
    public string? RoleSessionName { get; init; }

    /// <summary>Whether the bucket stands in the path of URLs instead of the host name; null: with an endpoint yes, on AWS no.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>A PEM file with the certificates that the server's must come from; null for AWS_CA_BUNDLE or the machine's own.</summary>
    public string? CaCertificate { get; init; }

    /// <summary>Server-side encryption.</summary>
    public S3ServerSideEncryption Encryption { get; init; }

    /// <summary>The key of <see cref="S3ServerSideEncryption.Kms"/>; null for the account's own.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The storage class of backups (STANDARD_IA, GLACIER_IR, ...).</summary>
    public string? StorageClass { get; init; }

    /// <summary>Tags of backups.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Object Lock of backups.</summary>
    public S3LockMode LockMode { get; init; }

    /// <summary>Until when <see cref="LockMode"/> holds.</summary>
    public DateTimeOffset? LockUntil { get; init; }

    /// <summary>Whether backups get a legal hold, which has no end of its own.</summary>
    public bool LegalHold { get; init; }

    /// <summary>Bytes of one part of an upload.</summary>
    public int PartLength { get; init; } = 16 << 20;

    /// <summary>Parts one object may have; some providers take 1,000 only.</summary>
    public int MaximumParts { get; init; } = 10_000;

    /// <summary>Parts of one upload that are sent at once.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Bytes one object may have.</summary>
    public long MaximumObjectLength => (long)PartLength * MaximumParts;

    /// <summary>Refuses what cannot be meant.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InvalidArgument"/>.</exception>
    public void Validate()
    {
        Require(PartLength is >= SmallestPartLength and <= LargestPartLength, "A part must have 5 to 48 MiB.");
        Require(MaximumParts is >= 1 and <= 10_000, "An object has 1 to 10,000 parts.");
        Require(Concurrency is >= 1 and <= 64, "1 to 64 parts can be sent at once.");
        Require(AccessKey is null == SecretKey is null, "Access key and secret key are given together.");
        Require(SessionToken is null || AccessKey is not null, "A session token belongs to an access key.");
        Require(Profile is null || AccessKey is null, "Either a profile or keys are given, not both.");
        Require(LockMode == S3LockMode.None == LockUntil is null, "Object Lock needs both a mode and a date.");
        Require(KmsKeyId is null || Encryption == S3ServerSideEncryption.Kms, "A KMS key is for encryption with KMS.");
        Require(Tags.Count <= 10, "An object has at most 10 tags.");
        Require(Endpoint is null || IsWebAddress(Endpoint), "The endpoint must be an http or https URL without a user name.");
    }

    // Written by hand, for the one a record makes prints all members.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Endpoint = ").Append(Endpoint).Append(", Region = ").Append(Region).Append(", Profile = ").Append(Profile)
            .Append(", RoleArn = ").Append(RoleArn).Append(", Encryption = ").Append(Encryption);
        return true;
    }

    internal static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http" or "https", UserInfo.Length: 0 };

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new StorageException(ErrorIds.InvalidArgument, message, isPermanent: true);
    }
}
