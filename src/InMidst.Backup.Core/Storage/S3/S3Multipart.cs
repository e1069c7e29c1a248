using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>An object written in parts.</summary>
internal sealed class S3Multipart
{
    // A server puts the parts together before it answers, and only some send blanks meanwhile.
    private static readonly TimeSpan LongestCompletion = TimeSpan.FromMinutes(8);

    private readonly S3Bucket _bucket;
    private readonly string _name;
    private readonly PutMode _mode;
    private readonly ConcurrentDictionary<int, (string Tag, byte[]? Md5)> _parts = new();
    private readonly ConcurrentDictionary<int, S3StoredPart> _stored;

    /// <summary>Makes one that is begun already.</summary>
    /// <param name="bucket">Where.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="mode">What happens when the name is taken.</param>
    /// <param name="mark">The mark that its object will bear.</param>
    /// <param name="id">The server's name of it.</param>
    /// <param name="stored">The parts that the server has by number.</param>
    internal S3Multipart(
        S3Bucket bucket, string name, PutMode mode, S3UploadMark mark, string id, IEnumerable<KeyValuePair<int, S3StoredPart>> stored)
    {
        _bucket = bucket;
        _name = name;
        _mode = mode;
        Mark = mark;
        Id = id;
        _stored = new ConcurrentDictionary<int, S3StoredPart>(stored);
    }

    /// <summary>The server's name of it.</summary>
    internal string Id { get; }

    /// <summary>The mark that its object will bear.</summary>
    internal S3UploadMark Mark { get; }

    /// <summary>Bytes that the server has and that can be recognised.</summary>
    internal long StoredLength => _stored.Values.Sum(part => part.Length);

    private S3Call Writing => new(S3Operation.Write, _name);

    /// <summary>Begins an upload.</summary>
    internal static async Task<S3Multipart> BeginAsync(S3Bucket bucket, string name, PutMode mode, CancellationToken cancellationToken)
    {
        var mark = S3UploadMark.New();
        var request = new InitiateMultipartUploadRequest { BucketName = bucket.Location.Bucket, Key = bucket.KeyOf(name) };
        bucket.Properties.Apply(request, name, mark.Value);
        InitiateMultipartUploadResponse answer = await bucket.Connection.SendAsync(
            new S3Call(S3Operation.Write, name), (client, token) => client.InitiateMultipartUploadAsync(request, token), cancellationToken)
            .ConfigureAwait(false);
        return new S3Multipart(bucket, name, mode, mark, answer.UploadId, []);
    }

    /// <summary>Sends a part, if the server has it not; several may be sent at once.</summary>
    internal async Task SendAsync(int number, S3Part part, CancellationToken cancellationToken)
    {
        byte[]? md5 = part.ComputeMd5();
        var content = S3StoredPart.Of(part, md5);
        if (content is not null && _stored.GetValueOrDefault(number) == content)
        {
            _parts[number] = (content.Tag, md5);
            return;
        }

        string tag = await _bucket.Connection.SendAsync(
            Writing,
            async (client, attempt) =>
            {
                var request = new UploadPartRequest
                {
                    BucketName = _bucket.Location.Bucket,
                    Key = _bucket.KeyOf(_name),
                    UploadId = Id,
                    PartNumber = number,
                    PartSize = part.Length,
                    InputStream = part.OpenRead(attempt.Progressed),
                    UseChunkEncoding = false,
                    MD5Digest = md5 is null ? null : Convert.ToBase64String(md5),
                };
                return (await client.UploadPartAsync(request, attempt.Token).ConfigureAwait(false)).ETag;
            },
            cancellationToken).ConfigureAwait(false);
        _parts[number] = (tag, md5);
        if (content is not null && content.Tag == S3Head.Unquote(tag))
            _stored[number] = content;
        else
            _stored.TryRemove(number, out _);
    }

    /// <summary>Makes the parts one object and makes sure that it lies there.</summary>
    internal async Task<S3Head> CompleteAsync(long length, CancellationToken cancellationToken)
    {
        await _bucket.RequireFreeAsync(_name, _mode, cancellationToken).ConfigureAwait(false); // not every server looks at the condition below
        string? tag = ExpectedTag();
        try
        {
            return await CompleteAsync(length, tag, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (S3Errors.CodeOf(exception) == S3Errors.NotImplemented && _bucket.KnowsConditions)
        {
            _bucket.KnowsConditions = false;
            return await CompleteAsync(length, tag, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes the parts.</summary>
    /// <param name="wereSending">Whether parts were on their way until now: one may arrive after the first request.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal async Task AbortAsync(bool wereSending, CancellationToken cancellationToken)
    {
        bool found = await _bucket.AbortAsync(_name, Id, cancellationToken).ConfigureAwait(false);
        if (found && wereSending)
            await _bucket.AbortAsync(_name, Id, cancellationToken).ConfigureAwait(false);
    }

    private Task<S3Head> CompleteAsync(long length, string? tag, CancellationToken cancellationToken) => _bucket.Connection.SendAsync(
        Writing with { Limit = LongestCompletion },
        async (client, attempt) =>
        {
            var request = new CompleteMultipartUploadRequest
            {
                BucketName = _bucket.Location.Bucket,
                Key = _bucket.KeyOf(_name),
                UploadId = Id,
                PartETags = [.. _parts.OrderBy(part => part.Key).Select(part => new PartETag(part.Key, part.Value.Tag))],
                IfNoneMatch = _mode != PutMode.Replace && _bucket.KnowsConditions ? "*" : null,
            };
            try
            {
                await client.CompleteMultipartUploadAsync(request, attempt.Token).ConfigureAwait(false);
            }
            catch (AmazonS3Exception exception) when (IsPerhapsDone(exception))
            {
                // The upload is gone, or the name taken: perhaps by an earlier attempt whose answer was lost.
                S3Head? head = await _bucket.HeadAsync(_name, cancellationToken).ConfigureAwait(false);
                if (head is null || !Mark.IsOn(head, tag))
                    throw;
            }

            // Within the attempt: a server may answer 200 before it is done, and then fail.
            return await new S3Confirmation(_bucket, _name, _mode, Mark) { Length = length, ETag = tag }
                .RequireAsync(cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private static bool IsPerhapsDone(AmazonS3Exception exception) =>
        exception.ErrorCode == S3Errors.NoSuchUpload || exception.StatusCode == HttpStatusCode.PreconditionFailed;

    /// <summary>The MD5 of the parts' MD5s and their number; null where the server's tags of parts are something else.</summary>
    private string? ExpectedTag()
    {
        using var all = new MemoryStream();
        foreach ((int _, (string tag, byte[]? md5)) in _parts.OrderBy(part => part.Key))
        {
            if (md5 is null || S3Head.Unquote(tag) != Convert.ToHexStringLower(md5))
                return null;
            all.Write(md5);
        }

#pragma warning disable CA5351 // what the protocol has; it protects from accidents only
        return Convert.ToHexStringLower(MD5.HashData(all.ToArray())) + "-" + _parts.Count.ToString(CultureInfo.InvariantCulture);
#pragma warning restore CA5351
    }
}
