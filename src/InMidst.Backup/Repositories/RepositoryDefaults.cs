namespace InMidst.Backup.Repositories;

/// <summary>Which repositories are meant when none is named.</summary>
internal static class RepositoryDefaults
{
    /// <summary>The directory that backups go to when nothing is said; it comes first among the defaults.</summary>
    public const string Directory = "./backups";

    private const string BucketVariable = "S3_BUCKET";

    /// <summary>The repositories as texts, and where each comes from in words.</summary>
    public static IEnumerable<(string Text, string Origin)> Choose(IReadOnlyList<string>? named)
    {
        if (named is not null)
            return named.Select(text => (text, "-Repository"));
        string? bucket = Environment.GetEnvironmentVariable(BucketVariable);
        return string.IsNullOrWhiteSpace(bucket)
            ? [(Directory, "default")]
            : [(Directory, "default"), ($"s3://{bucket.Trim().TrimEnd('/')}/backups", $"environment variable {BucketVariable}")];
    }
}
