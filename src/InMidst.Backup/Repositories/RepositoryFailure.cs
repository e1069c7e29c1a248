using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Repositories;

/// <summary>A repository, or a copy of a backup, that could not be used.</summary>
/// <param name="Location">Its path or URI.</param>
/// <param name="Cause">Why.</param>
internal sealed record RepositoryFailure(string Location, BackupException Cause)
{
    /// <summary>The cause as an error about the repository: with its id, and naming it.</summary>
    /// <param name="consequence">What it means for the user; one sentence with an end, or nothing.</param>
    public BackupException ToError(string consequence = "")
    {
        string message = Cause.Message.Contains(Location, StringComparison.Ordinal) ? Cause.Message : $"{Location}: {Cause.Message}";
        return new BackupException(Cause.Id, consequence.Length == 0 ? message : $"{consequence} {message}", Cause, Cause.Guidance, Location);
    }

    /// <summary>Leaves out that one repository does not exist, where any other does.</summary>
    /// <param name="failures">All.</param>
    /// <param name="mayBeMissing">The repository; null for none.</param>
    /// <param name="repositories">How many repositories there are, those that failed included.</param>
    public static IReadOnlyList<RepositoryFailure> WithoutMissing(IReadOnlyList<RepositoryFailure> failures, string? mayBeMissing, int repositories)
    {
        bool isAnyThere = failures.Count(f => f.Cause.Id == ErrorIds.RepositoryNotFound) < repositories;
        return isAnyThere ? [.. failures.Where(f => f.Cause.Id != ErrorIds.RepositoryNotFound || f.Location != mayBeMissing)] : failures;
    }

    /// <summary>All causes as one error, with the id of the first.</summary>
    public static BackupException Combine(IReadOnlyList<RepositoryFailure> failures, string consequence = "") => failures.Count == 1
        ? failures[0].ToError(consequence)
        : new BackupException(failures[0].Cause.Id, string.Join(" ", [consequence, .. failures.Select(f => f.ToError().Message)]).Trim(),
            failures[0].Cause, failures[0].Cause.Guidance, failures[0].Location);
}
