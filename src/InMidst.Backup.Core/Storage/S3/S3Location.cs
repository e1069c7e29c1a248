using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>A bucket and what the keys in it begin with (or one whole key): <c>s3://bucket/prefix</c>.</summary>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Prefix">Literally, nothing is percent-encoded; without a '/' at its end; empty for the whole bucket.</param>
public sealed record S3Location(string Bucket, string Prefix)
{
    private const string Scheme = "s3://";

    /// <summary>What a key may have, in bytes of UTF-8.</summary>
    internal const int MaximumKeyLength = 1024;

    /// <summary>Whether a user means S3 by this text, rightly written or not.</summary>
    public static bool IsS3(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads <c>s3://bucket</c> or <c>s3://bucket/prefix</c>.</summary>
    /// <exception cref="StorageException"><see cref="ErrorIds.InvalidArgument"/>.</exception>
    public static S3Location Parse(string text)
    {
        if (!IsS3(text))
            throw Refuse(text, "it does not begin with s3://");
        string rest = text[Scheme.Length..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string bucket = slash < 0 ? rest : rest[..slash];
        string prefix = slash < 0 ? "" : rest[(slash + 1)..].TrimEnd('/');
        if (bucket.Length is < 3 or > 255 || !bucket.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            throw Refuse(text, bucket.Length == 0 ? "no bucket is named" : $"'{bucket}' is no name of a bucket");

        // The SDK signs another key than it asks for.
        if (prefix.StartsWith('/'))
            throw Refuse(text, "a key must not begin with '/'");

        // An HTTP client resolves such segments: the request would go to another key, or even another bucket.
        if (prefix.Split('/').Any(segment => segment is "." or ".."))
            throw Refuse(text, "a key must not hold '.' or '..' between slashes");
        if (Encoding.UTF8.GetByteCount(prefix) > MaximumKeyLength)
            throw Refuse(text, $"a key has at most {MaximumKeyLength} bytes");
        return new S3Location(bucket, prefix);
    }

    /// <inheritdoc/>
    public override string ToString() => Prefix.Length == 0 ? Scheme + Bucket : $"{Scheme}{Bucket}/{Prefix}";

    /// <summary>The key of an object of the repository.</summary>
    internal string KeyOf(string name) => Prefix.Length == 0 ? name : $"{Prefix}/{name}";

    /// <summary>The object's name in the repository; null when the key is none of the repository's.</summary>
    internal string? NameOf(string key) => RestOf(key) is { } name && IsName(name) ? name : null;

    /// <summary>What stands in a key behind the prefix; null when it does not begin with that.</summary>
    internal string? RestOf(string key) => KeyOf("") is var start && key.StartsWith(start, StringComparison.Ordinal) ? key[start.Length..] : null;

    /// <summary>Whether an object of a repository may have this name.</summary>
    internal static bool IsName(string name) => StorageName.IsValid(name) && !StorageName.IsPointer(name);

    private static StorageException Refuse(string text, string reason) => new(
        ErrorIds.InvalidArgument, $"'{text}' is no place on S3: {reason}.", isPermanent: true,
        guidance: "Write s3://bucket/prefix.");
}
