using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Gives the server a backup is restored into to prove it.</summary>
public interface IProofServer : IAsyncDisposable
{
    /// <summary>
    /// The server for a backup, made ready for it (roles, tablespaces) where it is ours to change.
    /// A <see cref="Core.Errors.BackupException"/> with ServerBinariesNotFound or RequirementMissing means that this machine cannot prove it.
    /// </summary>
    /// <param name="major">Major version of the backup's source; null where a dump does not tell.</param>
    /// <param name="requirements">What the backup needs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<ServerAddress> GetAsync(int? major, RequirementsRecord requirements, CancellationToken cancellationToken);
}
