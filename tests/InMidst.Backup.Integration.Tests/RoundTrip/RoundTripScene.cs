using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Oracle;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>A repository of one test and the shared server: backs up, tests, restores, and asks pg_dump whether two databases are equal.</summary>
internal sealed partial class RoundTripScene : IDisposable
{
    // Every large object with its owner, its grants and its content.
    private const string LargeObjects = """
        SELECT oid, pg_get_userbyid(lomowner), lomacl, obj_description(oid, 'pg_largeobject'), md5(lo_get(oid))
        FROM pg_largeobject_metadata ORDER BY oid
        """;

    private const string Tool = "InMidst.Backup tests";

    private readonly ServerAddress _address;
    private readonly IReadOnlyList<string>? _binDirectories;
    private readonly TemporaryDirectory _directory = new();

    public RoundTripScene(PostgresFixture fixture)
        : this(fixture.Server, fixture.Address)
    {
    }

    /// <summary>A scene on a server of one's own.</summary>
    /// <param name="server">The server.</param>
    /// <param name="address">Its address.</param>
    /// <param name="binDirectories">Where backups look for pg_dump; null for the usual places.</param>
    public RoundTripScene(PostgresServer server, ServerAddress address, IReadOnlyList<string>? binDirectories = null)
    {
        (Server, _address, _binDirectories) = (server, address, binDirectories);
        Storage = new DiskStorage(_directory.Path);
    }

    public PostgresServer Server { get; }

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
        var options = new DumpOptions { Address = address ?? _address, Database = database, Compression = compression, Tool = Tool, BinDirectories = _binDirectories };
        return await new OneRepositoryDump(change?.Invoke(options) ?? options, Storage, TimeProvider.System, Warnings.Add).RunAsync(new Reports(heard), Token);
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
        var options = new RestoreOptions { Address = _address, TargetDatabase = target };
        return await new DatabaseRestore(with is null ? options : with(options), TimeProvider.System, Warnings.Add).RunAsync(backup, new Reports(), Token);
    }

    /// <summary>Tests the backup; level Restore goes to the shared server unless another is given.</summary>
    public async Task<VerificationResult> TestAsync(BackupRecord backup, VerificationLevel level, IProofServer? server = null) =>
        await new BackupVerifier(server ?? new ExistingProofServer(_address), Tool, TimeProvider.System, Warnings.Add)
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
        await AssertEqualAsync(database, copy);
        return backup;
    }

    /// <summary>Restores with gunzip and psql into a new database.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> RestoreByHandAsync(BackupRecord backup)
    {
        string name = NewName("by_hand");
        string encoding = backup.Manifest!.Database.Encoding;
        await Server.CreateDatabaseAsync(name, $"TEMPLATE template0 ENCODING '{encoding}'");
        await Server.RestoreThroughPsqlAsync(name, PathOf(backup));
        return name;
    }

    /// <summary>Fails unless pg_dump says the same of a database and its copies, in whatever order their rows lie.</summary>
    public async Task AssertEqualAsync(string source, params string[] copies)
    {
        string schema = await SchemaAsync(source);
        string rows = await RowsAsync(source);
        string objects = await Server.PsqlAsync(source, LargeObjects);
        foreach (string copy in copies)
        {
            Assert.Equal(schema, await SchemaAsync(copy));
            Assert.Equal(rows, await RowsAsync(copy));
            Assert.Equal(objects, await Server.PsqlAsync(copy, LargeObjects));
        }
    }

    /// <summary>
    /// Fails unless the dump loads what pg_dump would load: the same rows into the same columns of the same tables. Filters and roots
    /// of partitions show in the rows. The same sequences too.
    /// </summary>
    public async Task AgreesWithPgDumpAsync(string database, BackupRecord backup)
    {
        var ours = new StringBuilder();
        foreach (FrameEntry frame in (await ReadIndexAsync(backup)).Frames.Where(f => f.Kind is FrameKind.Data or FrameKind.Sequences))
            ours.Append(Encoding.Latin1.GetString(await ReadFrameAsync(backup, frame)));
        string theirs = await DumpAsync(database, ["--section=data"]);
        Assert.Equal(CopyBlocks.Sorted(theirs), CopyBlocks.Sorted(ours.ToString()));
        Assert.Equal(CopyBlocks.Sequences(theirs), CopyBlocks.Sequences(ours.ToString()));
    }

    /// <summary>All that pg_dump writes, in the database's own bytes.</summary>
    public Task<string> DumpAsync(string database) => DumpAsync(database, []);

    public Task<string> SchemaAsync(string database) => DumpAsync(database, ["-s"]);

    /// <summary>The rows and other data, in an order that does not depend on where they lie, whoever owns them.</summary>
    public async Task<string> RowsAsync(string database)
    {
        string data = await DumpAsync(database, ["-a", "--no-owner"]);
        return CopyBlocks.Sorted(data) + CopyBlocks.Rest(data);
    }

    /// <summary>What pg_database and its neighbours say of a database, but for its name.</summary>
    public async Task<string> PropertiesAsync(string database) => await Server.PsqlAsync("postgres", $"""
        SELECT encoding, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), datcollate, datctype, datconnlimit, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'),
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
