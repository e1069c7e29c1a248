namespace InMidst.Backup.Core.Storage.S3;

/// <summary>A part as the server has it.</summary>
/// <param name="Length">Its bytes.</param>
/// <param name="Tag">Its entity tag, without quotes.</param>
internal sealed record S3StoredPart(long Length, string Tag)
{
    /// <summary>What a part is where tags are MD5 (with KMS they are not); null where there is no MD5.</summary>
    internal static S3StoredPart? Of(S3Part part, byte[]? md5) => md5 is null ? null : new(part.Length, Convert.ToHexStringLower(md5));
}
