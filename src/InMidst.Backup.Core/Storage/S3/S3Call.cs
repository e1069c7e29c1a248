namespace InMidst.Backup.Core.Storage.S3;

/// <summary>A request, as messages call it.</summary>
/// <param name="Operation">What it is for.</param>
/// <param name="Name">The object's name; null where it is about the bucket.</param>
internal sealed record S3Call(S3Operation Operation, string? Name)
{
    /// <summary>Time without any progress after which it is given up.</summary>
    internal TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(2);
}
