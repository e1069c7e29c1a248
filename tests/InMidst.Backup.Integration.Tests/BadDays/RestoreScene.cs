using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A server to restore to, dumps to spoil, and questions about what a failed restore has left.</summary>
internal sealed class RestoreScene
{
    private readonly PostgresServer _server;

    public RestoreScene(PostgresServer server)
    {
        _server = server;
        Address = AddressOf(server);
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An address at which nothing listens: whoever asks there for anything fails with another id than the file deserves.</summary>
    public static ServerAddress Nowhere { get; } =
        new() { Host = "/nonexistent-socket-directory", Port = 1, UserName = "nobody", Database = "postgres", SslMode = PostgresSslMode.Disable };

    public ServerAddress Address { get; }

    public MemoryStorage Storage { get; } = RestoreSamples.NewStorage();

    public List<string> Warnings { get; } = [];

    public static ServerAddress AddressOf(PostgresServer server) => new()
    {
        Host = server.Host,
        Port = server.Port,
        UserName = server.UserName,
        Password = server.Password,
        Database = "postgres",
        SslMode = PostgresSslMode.Disable,
    };

    public static string NewName(string what) => $"{what}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    public Task<string> SqlAsync(string sql, string database = "postgres") => _server.PsqlAsync(database, sql);

    /// <summary>Stores bytes under a name and gives what the repository makes of it.</summary>
    public async Task<BackupRecord> PutAsync(string name, byte[] content)
    {
        await Storage.PutAsync(name, content, PutMode.Replace, Token);
        return await Repository.OpenAsync(name, Token);
    }

    public Task<BackupRecord> PutScriptAsync(string script) =>
        PutAsync(NewName("script") + ".sql", Encoding.UTF8.GetBytes(script));

    public BackupRepository Repository => new(Storage, Warnings.Add);

    public Task<RestoreResult> RestoreAsync(BackupRecord backup, string target, IProgress<OperationProgress>? progress = null, CancellationToken? token = null) =>
        RestoreAsync(Address, backup, target, progress, token);

    public Task<RestoreResult> RestoreAsync(
        ServerAddress address, BackupRecord backup, string target, IProgress<OperationProgress>? progress = null, CancellationToken? token = null)
    {
        return RestoreAsync(backup, new RestoreOptions { Address = address, TargetDatabase = target }, progress, token);
    }

    public Task<RestoreResult> RestoreAsync(BackupRecord backup, RestoreOptions options, IProgress<OperationProgress>? progress = null, CancellationToken? token = null) =>
        new DatabaseRestore(options, TimeProvider.System, Warnings.Add).RunAsync(backup, progress ?? new NoProgress(), token ?? Token);

    public Task<VerificationResult> TestAsync(BackupRecord backup, VerificationLevel level, IProofServer? server = null) =>
        new BackupVerifier(server ?? new ExistingProofServer(Nowhere), "test", TimeProvider.System, Warnings.Add)
            .RunAsync(backup, level, new NoProgress(), Token);

    /// <summary>Asserts that a restore to this name has left no database under any name, and no session in one.</summary>
    public async Task NothingLeftAsync(string target) => Assert.Equal("", await LeftAsync(target, withTarget: true));

    /// <summary>Asserts that nothing but the target itself is left.</summary>
    public async Task OnlyTargetLeftAsync(string target)
    {
        Assert.Equal("", await LeftAsync(target, withTarget: false));
        Assert.Equal("1", await SqlAsync($"SELECT count(*) FROM pg_database WHERE datname = {Literal(target)}"));
    }

    public async Task UntilAsync(string question, string answer)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (await SqlAsync(question) != answer)
            patience.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until the session that loads a target runs a statement that begins so, and gives the number of its process.</summary>
    public async Task<string> LoadingAsync(string target, string statement)
    {
        string question = $"FROM pg_stat_activity WHERE datname = {RestoringName(target)} AND state = 'active' AND query LIKE {Literal(statement + "%")}";
        await UntilAsync($"SELECT count(*) > 0 {question}", "t");
        return await SqlAsync($"SELECT pid {question} LIMIT 1");
    }

    public static string Literal(string value) => $"'{value.Replace("'", "''")}'";

    /// <summary>SQL for the name under which a target is filled.</summary>
    public static string RestoringName(string target) =>
        $"'midst_restoring_' || left(encode(sha256(convert_to({Literal(target)}, 'UTF8')), 'hex'), 24)";

    public static byte[] Flip(byte[] content, long at)
    {
        byte[] flipped = [.. content];
        flipped[at] ^= 0x41;
        return flipped;
    }

    private Task<string> LeftAsync(string target, bool withTarget) => SqlAsync($"""
        WITH name(n) AS (
            SELECT {RestoringName(target)} UNION ALL SELECT replace({RestoringName(target)}, 'restoring', 'replaced')
            UNION ALL SELECT {Literal(target)} WHERE {withTarget})
        SELECT 'database ' || datname FROM pg_database JOIN name ON n = datname
        UNION ALL SELECT 'session ' || query FROM pg_stat_activity JOIN name ON n = datname
        """);

    private sealed class NoProgress : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value)
        {
        }
    }
}
