using System.Globalization;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>The requests that several parts of the driver make of the repository's bucket.</summary>
internal sealed class S3Bucket(S3Location location, S3Settings settings, S3Connection connection, ByteBudget memory, Action<string> warn)
{
    private int _warnedOfEncryption;

    internal S3Location Location => location;

    internal S3Settings Settings => settings;

    internal S3Connection Connection => connection;

    internal ByteBudget Memory => memory;

    internal S3ObjectProperties Properties { get; } = new(settings);

    /// <summary>Whether the server takes If-None-Match; until it said that it does not know that.</summary>
    internal bool KnowsConditions { get; set; } = true;

    internal string KeyOf(string name) => location.KeyOf(name);

    /// <summary>Tells the user something.</summary>
    internal void Warn(string text) => warn(text);

    /// <summary>Refuses to write where something is that must not be replaced.</summary>
    internal async Task RequireFreeAsync(string name, PutMode mode, CancellationToken cancellationToken)
    {
        if (mode != PutMode.Replace && await HeadAsync(name, cancellationToken).ConfigureAwait(false) is not null)
            throw connection.Errors.Exists(name);
    }

    /// <summary>Asks for an object's properties; null when there is none.</summary>
    internal async Task<S3Head?> HeadAsync(string name, CancellationToken cancellationToken)
    {
        var call = new S3Call(S3Operation.Read, name);
        var request = new GetObjectMetadataRequest { BucketName = location.Bucket, Key = KeyOf(name) };
        try
        {
            return S3Head.Of(await connection.SendAsync(
                call, (client, token) => client.GetObjectMetadataAsync(request, token), cancellationToken).ConfigureAwait(false));
        }
        catch (StorageException exception) when (S3Errors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (StorageException exception) when (S3Errors.StatusOf(exception) is >= HttpStatusCode.MovedPermanently and < HttpStatusCode.InternalServerError)
        {
            // The answer to HEAD has no text: the same is asked so that the server says what is wrong.
            await ProvokeAsync(call, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens an object for reading, from a byte on to another or to its end.</summary>
    internal async Task<GetObjectResponse> GetAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest
        {
            BucketName = location.Bucket,
            Key = KeyOf(name),
            // Always a range: of what is asked for whole the SDK takes the entity tag for an MD5, which it is not on every server.
            ByteRange = length is { } count
                ? new ByteRange(offset, Math.Min(count, long.MaxValue - offset) + offset - 1)
                : new ByteRange(string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-")),
        };
        GetObjectResponse answer = await connection.SendAsync(
            new S3Call(S3Operation.Read, name), (client, token) => client.GetObjectAsync(request, token), cancellationToken).ConfigureAwait(false);
        if (answer.ContentLength <= (length ?? long.MaxValue) && (offset == 0 || answer.HttpStatusCode == HttpStatusCode.PartialContent))
            return answer;
        answer.Dispose();
        throw connection.Errors.RangeIgnored(name);
    }

    /// <summary>Removes an object; one that is not there is no error.</summary>
    internal async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var request = new DeleteObjectRequest { BucketName = location.Bucket, Key = KeyOf(name) };
        try
        {
            await connection.SendAsync(
                new S3Call(S3Operation.Delete, name), (client, token) => client.DeleteObjectAsync(request, token), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (StorageException exception) when (S3Errors.CodeOf(exception) == "NoSuchKey")
        {
            // Some servers say so.
        }
    }

    /// <summary>Ends an unfinished multipart upload and forgets its parts.</summary>
    /// <returns>False when there is none.</returns>
    internal async Task<bool> AbortAsync(string name, string uploadId, CancellationToken cancellationToken)
    {
        var request = new AbortMultipartUploadRequest { BucketName = location.Bucket, Key = KeyOf(name), UploadId = uploadId };
        try
        {
            await connection.SendAsync(
                new S3Call(S3Operation.Abort, name), (client, token) => client.AbortMultipartUploadAsync(request, token), cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (StorageException exception) when (S3Errors.StatusOf(exception) == HttpStatusCode.NotFound && S3Errors.CodeOf(exception) != "NoSuchBucket")
        {
            return false;
        }
    }

    /// <summary>Sets what the server dropped of the properties that were asked for, and says what the object has now.</summary>
    internal async Task<S3Head> ProtectAsync(string name, S3Head head, CancellationToken cancellationToken)
    {
        if (Properties.Encrypts && !head.IsEncrypted && Interlocked.Exchange(ref _warnedOfEncryption, 1) == 0)
            warn($"The server does not confirm that it encrypts what is stored in {location}.");
        bool retain = Properties.LockUntil(name) is { } until && (head.LockedUntil is not { } has || has < until.AddSeconds(-1));
        bool hold = Properties.LegalHold(name) && !head.HasLegalHold;
        if (retain)
            await SetRetentionAsync(name, head, cancellationToken).ConfigureAwait(false);
        if (Properties.Tags(name) is { } tags && head.Tags != tags.Count)
            await SetTagsAsync(name, head, tags, cancellationToken).ConfigureAwait(false);
        if (hold)
            await SetLegalHoldAsync(name, head, cancellationToken).ConfigureAwait(false);
        return retain || hold ? await HeadAsync(name, cancellationToken).ConfigureAwait(false) ?? head : head;
    }

    private Task SetRetentionAsync(string name, S3Head head, CancellationToken cancellationToken)
    {
        var request = new PutObjectRetentionRequest
        {
            BucketName = location.Bucket,
            Key = KeyOf(name),
            VersionId = head.VersionId,
            Retention = new ObjectLockRetention
            {
                Mode = settings.LockMode == S3LockMode.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance,
                RetainUntilDate = settings.LockUntil!.Value.UtcDateTime,
            },
        };
        return connection.SendAsync(
            new S3Call(S3Operation.SetRetention, name), (client, token) => client.PutObjectRetentionAsync(request, token), cancellationToken);
    }

    private Task SetTagsAsync(string name, S3Head head, List<Tag> tags, CancellationToken cancellationToken)
    {
        var request = new PutObjectTaggingRequest
        {
            BucketName = location.Bucket,
            Key = KeyOf(name),
            VersionId = head.VersionId,
            Tagging = new Tagging { TagSet = tags },
        };
        return connection.SendAsync(
            new S3Call(S3Operation.SetTags, name), (client, token) => client.PutObjectTaggingAsync(request, token), cancellationToken);
    }

    private Task SetLegalHoldAsync(string name, S3Head head, CancellationToken cancellationToken)
    {
        var request = new PutObjectLegalHoldRequest
        {
            BucketName = location.Bucket,
            Key = KeyOf(name),
            VersionId = head.VersionId,
            LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.On },
        };
        return connection.SendAsync(
            new S3Call(S3Operation.SetLegalHold, name), (client, token) => client.PutObjectLegalHoldAsync(request, token), cancellationToken);
    }

    private async Task ProvokeAsync(S3Call call, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = location.Bucket, Key = KeyOf(call.Name!), ByteRange = new ByteRange(0, 0) };
        using GetObjectResponse answer = await connection.SendAsync(
            call, (client, token) => client.GetObjectAsync(request, token), cancellationToken).ConfigureAwait(false);
    }
}
