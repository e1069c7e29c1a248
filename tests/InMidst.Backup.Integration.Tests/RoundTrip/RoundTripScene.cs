using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>A repository of one test and the shared server: backs up, tests, restores, and asks pg_dump whether two databases are equal.</summary>
internal sealed partial class RoundTripScene : IDisposable
{
    private const string Tool = "InMidst.Backup tests";

    private readonly PostgresFixture _fixture;
    private readonly TemporaryDirectory _directory = new();

    public RoundTripScene(PostgresFixture fixture)
    {
        _fixture = fixture;
        Storage = new DiskStorage(_directory.Path);
    }

    public PostgresServer Server => _fixture.Server;

    public DiskStorage Storage { get; }

    /// <summary>What the operations warned of.</summary>
    public List<string> Warnings { get; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A database name nobody else has.</summary>
    public static string NewName(string word) => $"{word}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    public string PathOf(BackupRecord backup) => Path.Combine(_directory.Path, backup.Data.Name);

    public async Task<BackupRecord> BackupAsync(
        string database, CompressionKind compression = CompressionKind.Gzip, ServerAddress? address = null, Action<OperationProgress>? heard = null,
        Func<DumpOptions, DumpOptions>? change = null)
    {
        var options = new DumpOptions { Address = address ?? _fixture.Address, Database = database, Compression = compression, Tool = Tool };
        return await new DatabaseDump(change?.Invoke(options) ?? options, Storage, TimeProvider.System, Warnings.Add).RunAsync(new Reports(heard), Token);
    }

    /// <summary>Puts a file there that another program wrote.</summary>
    public async Task<BackupRecord> AddForeignAsync(string name, byte[] content)
    {
        await Storage.InitializeAsync(Token);
        await File.WriteAllBytesAsync(Path.Combine(_directory.Path, name), content, Token);
        return await new BackupRepository(Storage, Warnings.Add).OpenAsync(name, Token);
    }

    public async Task<DumpIndex> ReadIndexAsync(BackupRecord backup) =>
        await (await DumpFile.OpenAsync(Storage, backup.Data.Name, Token)).ReadIndexAsync(Token);

    /// <summary>The frame's content, decompressed by itself.</summary>
    public async Task<byte[]> ReadFrameAsync(BackupRecord backup, FrameEntry frame)
    {
        Stream stored = await Storage.OpenReadAsync(backup.Data.Name, frame.Offset, frame.Length, Token);
        await using Stream content = FrameCodec.Detect([0x1F, 0x8B]).CreateDecompressor(stored);
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    public async Task<RestoreResult> RestoreAsync(BackupRecord backup, string target, Func<RestoreOptions, RestoreOptions>? with = null)
    {
        var options = new RestoreOptions { Address = _fixture.Address, TargetDatabase = target };
        return await new DatabaseRestore(with is null ? options : with(options), TimeProvider.System, Warnings.Add).RunAsync(backup, new Reports(), Token);
    }

    /// <summary>Tests the backup; level Restore goes to the shared server unless another is given.</summary>
    public async Task<VerificationResult> TestAsync(BackupRecord backup, VerificationLevel level, IProofServer? server = null) =>
        await new BackupVerifier(server ?? new ExistingProofServer(_fixture.Address), Tool, TimeProvider.System, Warnings.Add)
            .RunAsync(backup, level, new Reports(), Token);

    /// <summary>Backs up, tests the content, restores under another name and compares all that pg_dump writes of both.</summary>
    public async Task<BackupRecord> GoAndComeBackAsync(string database)
    {
        BackupRecord backup = await BackupAsync(database);
        VerificationResult test = await TestAsync(backup, VerificationLevel.Content);
        Assert.Empty(test.Findings);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
        string copy = NewName("copy");
        await RestoreAsync(backup, copy);
        Assert.Equal(await DumpAsync(database), await DumpAsync(copy));
        return backup;
    }

    /// <summary>All that pg_dump writes, in the database's own bytes.</summary>
    public Task<string> DumpAsync(string database) => DumpAsync(database, Array.Empty<string>());

    public Task<string> SchemaAsync(string database) => DumpAsync(database, ["-s"]);

    /// <summary>The rows and other data, in an order that does not depend on where they lie, whoever owns them.</summary>
    public async Task<string> RowsAsync(string database) =>
        string.Join('\n', (await DumpAsync(database, ["-a", "--no-owner"])).Split('\n').Order(StringComparer.Ordinal));

    /// <summary>What pg_database and its neighbours say of a database, but for its name.</summary>
    public async Task<string> PropertiesAsync(string database) => await Server.PsqlAsync("postgres", $"""
        SELECT encoding, datlocprovider, datcollate, datctype, datconnlimit, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'),
               datacl IS NULL, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a),
               (SELECT array_agg(coalesce(r.rolname, '') || ':' || c ORDER BY 1)
                FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) c WHERE s.setdatabase = d.oid)
        FROM pg_database d WHERE datname = '{database.Replace("'", "''", StringComparison.Ordinal)}'
        """);

    public void Dispose() => _directory.Dispose();

    public async Task<string> DumpAsync(string database, params string[] arguments)
    {
        string encoding = await Server.PsqlAsync(database, "SELECT getdatabaseencoding()");
        byte[] text = await Server.PgDumpBytesAsync(database, [.. arguments, "-E", encoding]);
        return RestrictPattern().Replace(Encoding.Latin1.GetString(text), "");
    }

    [GeneratedRegex(@"^\\(un)?restrict .*\n", RegexOptions.Multiline)]
    private static partial Regex RestrictPattern();
}
