namespace InMidst.Backup.Repositories;

/// <summary>A backup that the user chose.</summary>
/// <param name="Id">Its id; null where nothing but a file is named.</param>
/// <param name="Copies">Where it lies, nearest first; at least one.</param>
/// <param name="Unasked">Repositories that could not be asked whether they have it too.</param>
internal sealed record ChosenBackup(string? Id, IReadOnlyList<StoredCopy> Copies, IReadOnlyList<RepositoryFailure> Unasked);
