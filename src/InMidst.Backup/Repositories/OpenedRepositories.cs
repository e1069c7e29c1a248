using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Repositories;

/// <summary>The repositories of a command.</summary>
/// <param name="Storages">Those that can be asked.</param>
/// <param name="Failures">Those that cannot.</param>
internal sealed record OpenedRepositories(IReadOnlyList<IStorage> Storages, IReadOnlyList<RepositoryFailure> Failures);
