using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>An object written in one request.</summary>
internal sealed class S3SinglePut(S3Bucket bucket, string name, PutMode mode)
{
    private readonly S3UploadMark _mark = S3UploadMark.New();

    /// <summary>Sends the object and makes sure that it lies there.</summary>
    internal async Task<S3Head> RunAsync(S3Part content, CancellationToken cancellationToken)
    {
        byte[]? md5 = content.ComputeMd5();
        string? answered;
        // Not every server looks at the condition, and Ceph does not in a bucket with versions.
        await bucket.RequireFreeAsync(name, mode, cancellationToken).ConfigureAwait(false);
        if (mode != PutMode.Replace && bucket.KnowsConditions)
        {
            try
            {
                answered = await PutAsync(content, md5, conditional: true, cancellationToken).ConfigureAwait(false);
            }
            catch (StorageException exception) when (S3Errors.CodeOf(exception) == S3Errors.NotImplemented)
            {
                bucket.KnowsConditions = false;
                return await RunAsync(content, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            answered = await PutAsync(content, md5, conditional: false, cancellationToken).ConfigureAwait(false);
        }

        return await new S3Confirmation(bucket, name, mode, _mark) { Length = content.Length, ETag = answered }
            .RequireAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string? HexOf(byte[]? md5) => md5 is null ? null : Convert.ToHexStringLower(md5);

    /// <summary>Sends the object.</summary>
    /// <returns>The entity tag the server gave it; null when its answer was lost.</returns>
    private Task<string?> PutAsync(S3Part content, byte[]? md5, bool conditional, CancellationToken cancellationToken) => bucket.Connection.SendAsync(
        new S3Call(S3Operation.Write, name),
        async (client, attempt) =>
        {
            try
            {
                PutObjectResponse answer = await client.PutObjectAsync(Request(content, md5, conditional, attempt), attempt.Token)
                    .ConfigureAwait(false);
                return S3Head.Unquote(answer.ETag) is { Length: > 0 } tag ? tag : null;
            }
            catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.PreconditionFailed && attempt.MayBeDone)
            {
                // The name may be taken by ourselves: by an earlier attempt whose answer was lost.
                S3Head? head = await bucket.HeadAsync(name, cancellationToken).ConfigureAwait(false);
                if (head is null || !_mark.IsOn(head, HexOf(md5)))
                    throw;
                return null;
            }
        },
        cancellationToken);

    private PutObjectRequest Request(S3Part content, byte[]? md5, bool conditional, S3Attempt attempt)
    {
        var request = new PutObjectRequest
        {
            BucketName = bucket.Location.Bucket,
            Key = bucket.KeyOf(name),
            InputStream = content.OpenRead(attempt.Progressed),
            AutoCloseStream = false,
            UseChunkEncoding = false,
            IfNoneMatch = conditional ? "*" : null,
        };
        if (md5 is not null)
            request.MD5Digest = Convert.ToBase64String(md5);
        else
            request.ChecksumAlgorithm = ChecksumAlgorithm.SHA256; // Object Lock wants one or the other
        bucket.Properties.Apply(request, name, _mark.Value);
        return request;
    }
}
