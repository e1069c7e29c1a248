using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Gives the server a backup is restored into to prove it.</summary>
public interface IProofServer : IAsyncDisposable
{
    /// <summary>Whether the server is thrown away afterwards, so that roles a dump names may be made there.</summary>
    bool IsThrowaway { get; }

    /// <summary>
    /// The server for a backup, made ready for it (roles, tablespaces) where it is ours to change.
    /// A <see cref="Core.Errors.BackupException"/> with ServerBinariesNotFound or RequirementMissing means that this machine cannot prove it.
    /// </summary>
    /// <param name="backup">The backup's facts; null for a dump other tools wrote.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task<ServerAddress> GetAsync(BackupManifest? backup, CancellationToken cancellationToken);
}
