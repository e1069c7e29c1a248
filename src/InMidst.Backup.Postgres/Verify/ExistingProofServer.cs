using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>A server the user named. Nothing is made on it but the database that is compared and removed.</summary>
/// <param name="address">The server.</param>
public sealed class ExistingProofServer(ServerAddress address) : IProofServer
{
    /// <inheritdoc/>
    public bool IsThrowaway => false;

    /// <inheritdoc/>
    public Task<ServerAddress> GetAsync(BackupManifest? backup, CancellationToken cancellationToken) => Task.FromResult(address);

    /// <summary>The server is not ours: nothing is done.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
