namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Asks the server for what was just written, and compares.</summary>
internal sealed class S3Confirmation(S3Bucket bucket, string name, PutMode mode, S3UploadMark mark)
{
    /// <summary>Bytes that were sent.</summary>
    internal required long Length { get; init; }

    /// <summary>The entity tag that the object must have; null when it is not known.</summary>
    internal required string? ETag { get; init; }

    /// <summary>The object as the server has it.</summary>
    /// <exception cref="StorageException">It is not there, not what was sent, or another's.</exception>
    internal async Task<S3Head> RequireAsync(CancellationToken cancellationToken)
    {
        S3Errors errors = bucket.Connection.Errors;
        S3Head head = await bucket.HeadAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw errors.NotAsSent(name, "it is not there");
        if (head.UploadMark is not null && !mark.IsOn(head, ETag))
        {
            // Who replaces accepts that another replaces it in turn: ours was there, whole.
            return mode == PutMode.Replace ? head with { Length = Length, ETag = ETag ?? head.ETag } : throw errors.Exists(name);
        }

        if (head.Length != Length)
            throw errors.NotAsSent(name, $"{head.Length} bytes instead of {Length}");
        return ETag is null || head.ETag == ETag || !IsOfOneKind(head.ETag, ETag)
            ? head
            : throw errors.NotAsSent(name, $"its entity tag is {head.ETag} instead of {ETag}");
    }

    // Tags of objects made of parts end with "-" and the parts' number; where a server counts otherwise its tags cannot be compared.
    private static bool IsOfOneKind(string tag, string other) => tag.Length == other.Length && SuffixOf(tag) == SuffixOf(other);

    private static string SuffixOf(string tag) => tag.LastIndexOf('-') is var dash && dash >= 0 ? tag[dash..] : "";
}
