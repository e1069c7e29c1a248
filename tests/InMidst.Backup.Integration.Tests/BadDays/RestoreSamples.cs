using System.IO.Compression;
using System.Text;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Testing;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Dumps of one small database with something of every kind in it, made once.</summary>
internal sealed class RestoreSamples
{
    public const string Database = "bad_days_source";

    private const string Content = """
        CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, born date);
        INSERT INTO people SELECT i, 'person ' || md5(i::text), date '1950-01-01' + i FROM generate_series(1, 4000) i;
        CREATE TABLE orders (id bigserial PRIMARY KEY, person int REFERENCES people, note text);
        INSERT INTO orders (person, note) SELECT 1 + i % 4000, md5((i * 7)::text) FROM generate_series(1, 6000) i;
        CREATE TABLE nothing_in_it (a int);
        CREATE INDEX ON orders (person);
        CREATE MATERIALIZED VIEW totals AS SELECT person, count(*) FROM orders GROUP BY person;
        SELECT lo_from_bytea(4711, 'a large object');
        ALTER TABLE people ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everyone ON people USING (true);
        GRANT SELECT ON people TO PUBLIC;
        CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER noting ON ddl_command_end EXECUTE FUNCTION note();
        """;

    private static readonly Lock Gate = new();
    private static Task<RestoreSamples>? _made;

    private readonly Dictionary<CompressionKind, (string Name, byte[] Data, byte[] Manifest)> _dumps = [];

    /// <summary>What pg_dump writes of the same database.</summary>
    public required string Legacy { get; init; }

    public static Task<RestoreSamples> GetAsync(PostgresServer server)
    {
        lock (Gate)
            return _made ??= MakeAsync(server);
    }

    public static MemoryStorage NewStorage()
    {
        var storage = new MemoryStorage(TimeProvider.System);
        storage.InitializeAsync(CancellationToken.None).GetAwaiter().GetResult();
        return storage;
    }

    public string Name(CompressionKind kind) => _dumps[kind].Name;

    public byte[] Data(CompressionKind kind) => _dumps[kind].Data;

    public byte[] Manifest(CompressionKind kind) => _dumps[kind].Manifest;

    public static byte[] Gzip(params string[] members)
    {
        using var file = new MemoryStream();
        foreach (string member in members)
        {
            using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(Encoding.UTF8.GetBytes(member));
        }

        return file.ToArray();
    }

    /// <summary>The same dump with another index: every frame is written again.</summary>
    public async Task<byte[]> WithIndexAsync(Func<DumpIndex, DumpIndex> edit)
    {
        MemoryStorage storage = NewStorage();
        await storage.PutAsync("old.sql.gz", Data(CompressionKind.Gzip), PutMode.CreateNew, CancellationToken.None);
        DumpFile old = await DumpFile.OpenAsync(storage, "old.sql.gz", CancellationToken.None);
        DumpIndex index = await old.ReadIndexAsync(CancellationToken.None);
        await using (StorageUpload upload = await storage.BeginPutAsync("new.sql.gz", PutMode.CreateNew, CancellationToken.None))
        {
            await using var writer = new DumpFileWriter(upload.AsStream(), old.Codec, null);
            foreach (FrameEntry frame in index.Frames)
            {
                Stream raw = writer.BeginFrame(frame.Kind, frame.Table);
                await using Stream stored = await storage.OpenReadAsync("old.sql.gz", frame.Offset, frame.Length, CancellationToken.None);
                await using Stream content = old.Codec.CreateDecompressor(stored);
                await content.CopyToAsync(raw);
                await writer.EndFrameAsync(frame.Rows);
            }

            await writer.CompleteAsync(edit(index) with { Frames = [.. writer.Frames] }, CancellationToken.None);
            await upload.CompleteAsync(CancellationToken.None);
        }

        return await storage.ReadAllBytesAsync("new.sql.gz", int.MaxValue - 1, CancellationToken.None);
    }

    private static async Task<RestoreSamples> MakeAsync(PostgresServer server)
    {
        await server.CreateDatabaseAsync(Database, "TEMPLATE template0");
        await server.PsqlAsync(Database, Content);
        var samples = new RestoreSamples { Legacy = await server.PgDumpAsync(Database, "--no-owner") };
        foreach (CompressionKind kind in Enum.GetValues<CompressionKind>())
        {
            var storage = new MemoryStorage(TimeProvider.System);
            var options = new DumpOptions
            {
                Address = RestoreScene.AddressOf(server), Database = Database, Compression = kind, ExcludeGlobals = true, Tool = "test",
            };
            BackupRecord backup = await new OneRepositoryDump(options, storage, TimeProvider.System, _ => { })
                .RunAsync(new Progress<OperationProgress>(), CancellationToken.None);
            string name = backup.Data.Name;
            samples._dumps[kind] = (name,
                await storage.ReadAllBytesAsync(name, int.MaxValue - 1, CancellationToken.None),
                await storage.ReadAllBytesAsync(name + BackupName.ManifestSuffix, int.MaxValue - 1, CancellationToken.None));
        }

        return samples;
    }
}
