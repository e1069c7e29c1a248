namespace InMidst.Backup.Core.Format;

/// <summary>How the objects of a backup are encrypted, and for whom.</summary>
/// <param name="Format">"age".</param>
/// <param name="Recipients">Public keys (age1…), or "passphrase" alone.</param>
public sealed record EncryptionRecord(string Format, IReadOnlyList<string> Recipients)
{
    /// <summary>The format of https://age-encryption.org/v1.</summary>
    public const string Age = "age";
}
