using InMidst.Backup.Core;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Integration.Tests;

/// <summary>A backup into a single repository, which cannot be dropped: what fails there fails the backup.</summary>
internal sealed class OneRepositoryDump(DumpOptions options, IStorage storage, TimeProvider clock, Action<string> warn)
{
    public async Task<BackupRecord> RunAsync(IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        var dump = new DatabaseDump(options, [storage], clock, warn, (_, failure) => throw new InvalidOperationException("Dropped the only one.", failure));
        return Assert.Single(await dump.RunAsync(progress, cancellationToken));
    }
}
