using System.Collections;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Commands;

/// <summary>Turns the parameters for backups on S3 into the engine's settings.</summary>
internal static class S3Objects
{
    /// <summary>Adds what the parameters ask.</summary>
    /// <param name="parameters">The command's.</param>
    /// <param name="settings">How S3 is reached.</param>
    /// <param name="now">A lock that has ended already is refused.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>, naming the parameters.</exception>
    public static S3Settings Describe(this IS3ObjectParameters parameters, S3Settings settings, DateTimeOffset now)
    {
        Require(parameters.S3KmsKeyId is null || parameters.S3ServerSideEncryption == MidstS3Encryption.Kms, "-S3KmsKeyId goes with -S3ServerSideEncryption Kms.");
        Require(parameters.S3ObjectLock is null == parameters.S3RetainUntil is null, "-S3ObjectLock and -S3RetainUntil go together.");
        Require(!(parameters.S3RetainUntil <= now), "-S3RetainUntil is over already.");
        Dictionary<string, string> tags = ReadTags(parameters.S3Tag);
        Require(tags.Count <= 10, "-S3Tag has more than the ten tags that an object can have.");
        settings = settings with
        {
            Encryption = (S3ServerSideEncryption)(parameters.S3ServerSideEncryption ?? 0),
            KmsKeyId = parameters.S3KmsKeyId,
            StorageClass = parameters.S3StorageClass,
            Tags = tags,
            LockMode = (S3LockMode)(parameters.S3ObjectLock ?? 0),
            LockUntil = parameters.S3RetainUntil,
            LegalHold = parameters.HasS3LegalHold,
            PartLength = parameters.S3PartSize ?? settings.PartLength,
            MaximumParts = parameters.S3MaximumParts ?? settings.MaximumParts,
        };
        settings.Validate();
        return settings;
    }

    /// <summary>Refuses what can have no effect since no repository is on S3: who asks for a lock relies on it.</summary>
    /// <param name="parameters">The command's.</param>
    /// <param name="locations">Where backups are written.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>, naming the parameter.</exception>
    public static void RequireS3(this IS3ObjectParameters parameters, IEnumerable<string> locations)
    {
        if (locations.Any(S3Location.IsS3))
            return;
        string? useless = parameters switch
        {
            { S3ServerSideEncryption: not null } => nameof(parameters.S3ServerSideEncryption),
            { S3StorageClass: not null } => nameof(parameters.S3StorageClass),
            { S3Tag: not null } => nameof(parameters.S3Tag),
            { S3ObjectLock: not null } => nameof(parameters.S3ObjectLock),
            { HasS3LegalHold: true } => "S3LegalHold",
            _ => null,
        };
        Require(useless is null, $"-{useless} needs a repository on S3, and none is named.");
    }

    private static Dictionary<string, string> ReadTags(Hashtable? tags)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry tag in tags ?? [])
        {
            string key = tag.Key.ToString() ?? "";
            Require(key.Length is > 0 and <= 128, "-S3Tag has a name that is empty or longer than 128 characters.");
            string value = tag.Value?.ToString() ?? "";
            Require(value.Length <= 256, $"-S3Tag has a value of '{key}' that is longer than 256 characters.");
            read.Add(key, value);
        }

        return read;
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new BackupException(ErrorIds.InvalidArgument, message);
    }
}
