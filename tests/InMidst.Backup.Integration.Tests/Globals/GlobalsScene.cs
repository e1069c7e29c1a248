using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Globals;

/// <summary>A repository for backups of a server, and restores of them with their roles.</summary>
internal sealed class GlobalsScene(PostgresServer server) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public DiskStorage Storage => new(_directory.Path);

    public List<string> Warnings { get; } = [];

    public ServerAddress Address { get; } = RestoreScene.AddressOf(server);

    public Task<string> SqlAsync(string sql, string database = "postgres") => server.PsqlAsync(database, sql);

    public Task<BackupRecord> BackupAsync(string database, Func<DumpOptions, DumpOptions>? change = null)
    {
        var options = new DumpOptions { Address = Address, Database = database, Tool = "test" };
        return new OneRepositoryDump(change?.Invoke(options) ?? options, Storage, TimeProvider.System, Warnings.Add)
            .RunAsync(new Progress<OperationProgress>(), Token);
    }

    public Task<RestoreResult> RestoreAsync(BackupRecord backup, string target, GlobalsMode mode, ServerAddress? address = null)
    {
        var options = new RestoreOptions { Address = address ?? Address, TargetDatabase = target, Globals = mode };
        return new DatabaseRestore(options, TimeProvider.System, Warnings.Add).RunAsync(backup, new Progress<OperationProgress>(), Token);
    }

    /// <summary>The text of the globals file of a backup.</summary>
    public async Task<string> ReadAsync(BackupRecord backup)
    {
        byte[] bytes = await Storage.ReadAllBytesAsync(BackupName.Globals(backup.Data.Name), 1 << 20, Token);
        using var text = new StreamReader(FrameCodec.Detect(bytes).CreateDecompressor(new MemoryStream(bytes)));
        return await text.ReadToEndAsync(Token);
    }

    public void Dispose() => _directory.Dispose();
}
