using System.Collections.Concurrent;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A database with two tables, a sequence and a large object, an empty repository, and a way to back up the one into the other.</summary>
internal sealed class BackupScene : IDisposable
{
    private const string SmallDatabase = """
        CREATE TABLE stations (id serial PRIMARY KEY, name text NOT NULL);
        INSERT INTO stations (name) SELECT 'station ' || i FROM generate_series(1, 500) i;
        CREATE TABLE readings (station int REFERENCES stations, value float8, note text);
        INSERT INTO readings SELECT 1 + i % 500, i / 7.0, repeat(md5(i::text), 10) FROM generate_series(1, 2000) i;
        SELECT lo_from_bytea(4711, decode(repeat('00ff', 5000), 'hex'));
        """;

    private readonly TemporaryDirectory _directory = new();

    private BackupScene(PostgresServer server, string database)
    {
        Server = server;
        Database = database;
        Root = Path.Combine(_directory.Path, "repository");
        Storage = new DiskStorage(Root);
        Address = new ServerAddress
        {
            Host = server.Host, Port = server.Port, UserName = server.UserName, Password = server.Password, Database = database,
            ApplicationName = "midst " + Guid.NewGuid().ToString("N")[..8],
        };
        Options = new DumpOptions { Address = Address, Database = database, Tool = "InMidst.Backup 0.0" };
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public PostgresServer Server { get; }

    public string Database { get; }

    public string Root { get; }

    public DiskStorage Storage { get; }

    public ServerAddress Address { get; }

    public DumpOptions Options { get; }

    public ConcurrentQueue<string> Warnings { get; } = [];

    public static async Task<BackupScene> CreateAsync(PostgresServer server, string? sql = null, string? database = null)
    {
        database ??= "bad_" + Guid.NewGuid().ToString("N")[..8];
        await server.CreateDatabaseAsync(database);
        await server.PsqlAsync(database, sql ?? SmallDatabase);
        return new BackupScene(server, database);
    }

    /// <summary>A directory of the test beside the repository.</summary>
    public string Sub(string name) => _directory.Sub(name);

    public OneRepositoryDump Dump(DumpOptions? options = null, IStorage? storage = null, TimeProvider? clock = null) =>
        new(options ?? Options, storage ?? Storage, clock ?? TimeProvider.System, Warnings.Enqueue);

    public Task<BackupRecord> RunAsync(DumpOptions? options = null, IStorage? storage = null, Action<OperationProgress>? progress = null) =>
        Dump(options, storage).RunAsync(new Steps(progress), Token);

    /// <summary>Runs a backup that must fail with this id and leave the repository as it was. The error shows no password.</summary>
    public async Task<BackupException> FailsAsync(
        ErrorId id, DumpOptions? options = null, IStorage? storage = null, Action<OperationProgress>? progress = null)
    {
        string[] before = Files();
        BackupException failure = await Assert.ThrowsAnyAsync<BackupException>(() => RunAsync(options, storage, progress));
        Assert.True(id == failure.Id, failure.ToString());
        Assert.Equal(before, Files());
        Assert.DoesNotContain((options ?? Options).Address.Password ?? Address.Password!, failure.ToString());
        return failure;
    }

    /// <summary>Every file and link of the repository, with lengths; directories do not count.</summary>
    public string[] Files() => !Directory.Exists(Root) ? [] :
    [
        .. new DirectoryInfo(Root).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(Root, file.FullName)} {file.LinkTarget ?? file.Length.ToString()}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What is listed; each of it is read through and found whole.</summary>
    public static async Task<IReadOnlyList<BackupRecord>> ListWholeAsync(IStorage storage)
    {
        List<BackupRecord> listed = await new BackupRepository(storage, _ => { }).ListAsync(Token).ToListAsync(Token);
        foreach (BackupRecord backup in listed)
        {
            DumpFile file = await DumpFile.OpenAsync(storage, backup.Data.Name, Token);
            DumpIndex index = await file.ReadIndexAsync(Token);
            Assert.Empty(await new ContentCheck(backup, file, index).RunAsync(new Steps(null), Token));
            foreach (ObjectRecord part in backup.Manifest!.Objects)
                Assert.Equal(part.Length, (await storage.FindAsync(part.Name, Token))?.Length);
        }

        return listed;
    }

    /// <summary>The repository holds exactly these backups, whole, and nothing else but the pointer at the last.</summary>
    public async Task HoldsExactlyAsync(params BackupRecord[] backups)
    {
        IReadOnlyList<BackupRecord> listed = await ListWholeAsync(Storage);
        Assert.Equal(backups.Select(b => b.Id).Order(), listed.Select(b => b.Id).Order());
        IEnumerable<string> expected = backups
            .SelectMany(b => b.Manifest!.Objects.Select(o => o.Name).Append(b.Data.Name + BackupName.ManifestSuffix))
            .Append(BackupName.Latest(Database, ".sql.gz"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), Files().Select(line => line.Split(' ')[0]));
    }

    /// <summary>Waits until neither the server has a session of this scene nor this machine a program of it.</summary>
    public async Task NobodyIsLeftAsync()
    {
        await Eventually.TrueAsync(() => Sessions() == "0", "no session is left");
        Assert.Empty(Programs());
    }

    public string Sessions() => Server.PsqlAsync(
        "postgres", $"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{Address.ApplicationName}'").GetAwaiter().GetResult();

    public void Dispose() => _directory.Dispose();

    private string[] Programs() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Where(IsOurs),
    ];

    private bool IsOurs(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Contains("PGAPPNAME=" + Address.ApplicationName, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
