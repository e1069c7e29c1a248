using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Lists, page by page, what belongs to the repository. Keys that are none of its names are other people's.</summary>
internal sealed class S3Listing(S3Bucket bucket)
{
    // What no object of ours begins with must not stop the listing: odd characters, for which XML has no way, are escaped.
    private static readonly EncodingType Encoding = EncodingType.Url;

    /// <summary>Asks for nothing but whether it can be listed.</summary>
    internal Task RequireAsync(CancellationToken cancellationToken) => PageAsync("", null, 1, cancellationToken);

    /// <summary>The objects whose name begins like this, in ordinal order, as servers sort them.</summary>
    internal IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
        ListAllAsync(prefix, cancellationToken).Where(static entry => S3Location.IsName(entry.Name));

    /// <summary>As <see cref="ListAsync"/>, with the keys that are no object's name.</summary>
    internal async IAsyncEnumerable<StorageEntry> ListAllAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            ListObjectsV2Response page = await PageAsync(prefix, continuation, null, cancellationToken).ConfigureAwait(false);
            foreach (S3Object found in page.S3Objects ?? [])
            {
                if (bucket.Location.RestOf(Decode(found.Key, page.Encoding)) is { } name)
                    yield return new StorageEntry(name, found.Size ?? 0, S3Head.UtcOf(found.LastModified)) { Version = S3Head.Unquote(found.ETag) };
            }

            // A listing that ends too early would hide backups.
            string? next = page.IsTruncated == true ? page.NextContinuationToken ?? "" : null;
            if (next is not null && (next.Length == 0 || next == continuation))
                throw bucket.Connection.Errors.ListingEnds();
            continuation = next;
        }
        while (continuation is not null);
    }

    /// <summary>The unfinished multipart uploads of such names.</summary>
    internal async IAsyncEnumerable<UnfinishedUpload> ListUploadsAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Without escapes: Ceph escapes the keys, but neither the markers, nor says so.
        var request = new ListMultipartUploadsRequest { BucketName = bucket.Location.Bucket, Prefix = bucket.KeyOf(prefix) };
        bool more = true;
        while (more)
        {
            ListMultipartUploadsResponse page = await bucket.Connection.SendAsync(
                new S3Call(S3Operation.ListUploads, null), (client, token) => client.ListMultipartUploadsAsync(request, token), cancellationToken)
                .ConfigureAwait(false);
            foreach (MultipartUpload found in page.MultipartUploads ?? [])
            {
                if (bucket.Location.NameOf(found.Key) is { } name)
                    yield return new UnfinishedUpload(name, found.UploadId, S3Head.UtcOf(found.Initiated), null);
            }

            more = page.IsTruncated == true;
            bool movesOn = !string.IsNullOrEmpty(page.NextKeyMarker)
                && (page.NextKeyMarker, page.NextUploadIdMarker) != (request.KeyMarker, request.UploadIdMarker);
            if (more && !movesOn)
                throw bucket.Connection.Errors.ListingEnds();
            request.KeyMarker = page.NextKeyMarker;
            request.UploadIdMarker = page.NextUploadIdMarker;
        }
    }

    private static string Decode(string? text, EncodingType? encoding) =>
        text is null ? "" : encoding == Encoding ? Uri.UnescapeDataString(text.Replace('+', ' ')) : text;

    private Task<ListObjectsV2Response> PageAsync(string prefix, string? continuation, int? count, CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = bucket.Location.Bucket,
            Prefix = bucket.KeyOf(prefix),
            ContinuationToken = continuation,
            MaxKeys = count,
            Encoding = Encoding,
        };
        return bucket.Connection.SendAsync(
            new S3Call(S3Operation.List, null), (client, token) => client.ListObjectsV2Async(request, token), cancellationToken);
    }
}
