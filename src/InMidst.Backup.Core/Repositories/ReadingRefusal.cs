using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Objects that we may not read: in a directory that several accounts use each has its own, and a policy may close a part of a bucket.
/// </summary>
internal static class ReadingRefusal
{
    /// <summary>Whether a failure says so of its object.</summary>
    /// <param name="failure">The failure.</param>
    public static bool Is(StorageException failure) => failure.Id == ErrorIds.RepositoryAccessDenied;

    /// <summary>Throws the first when every object was refused: then it is the repository that we may not read.</summary>
    /// <param name="refusals">For each object that was asked for its refusal, or null.</param>
    public static void ThrowIfAll(IReadOnlyList<StorageException?> refusals)
    {
        if (refusals.Count > 0 && refusals.All(refusal => refusal is not null))
            throw refusals[0]!;
    }
}
