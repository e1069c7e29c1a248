using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Format;

/// <summary>A small whole dump in a storage, and everything that is known of it.</summary>
internal sealed class SampleDump
{
    public const string Id = "app_20250102_030405";

    private SampleDump(IStorage storage, string name, string script, BackupManifest manifest, DumpIndex index)
    {
        Storage = storage;
        Name = name;
        Script = script;
        Manifest = manifest;
        Index = index;
    }

    public static DateTimeOffset Started { get; } = new(2025, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public IStorage Storage { get; }

    public string Name { get; }

    /// <summary>The SQL up to the trailer.</summary>
    public string Script { get; }

    public BackupManifest Manifest { get; }

    public DumpIndex Index { get; }

    public string ManifestName => Name + BackupName.ManifestSuffix;

    public string ProofName => Name + BackupName.ProofSuffix;

    public static IReadOnlyList<(FrameKind Kind, string Text)> Frames { get; } =
    [
        (FrameKind.Header, DumpFile.Signature + "1, written by InMidst.Backup 0.0.0\n\nSET client_encoding = 'UTF8';\n\n"),
        (FrameKind.PreData, "CREATE TABLE public.t (id integer);\n\n"),
        (FrameKind.Data, "COPY public.t (id) FROM stdin;\n1\n2\n\\.\n\n"),
        (FrameKind.Data, "COPY public.t (id) FROM stdin;\n3\n\\.\n\n"),
        (FrameKind.Sequences, "SELECT pg_catalog.setval('public.s', 3, true);\n\n"),
        (FrameKind.IndexesAndConstraints, "CREATE INDEX i ON public.t (id);\n\n"),
    ];

    /// <summary>Writes the dump.</summary>
    /// <param name="compression">Of the dump.</param>
    /// <param name="storage">Where to; null for one of its own.</param>
    /// <param name="prefix">What its object name begins with.</param>
    /// <param name="withManifest">False for a run that died just before its last step.</param>
    public static async Task<SampleDump> WriteAsync(
        CompressionKind compression, IStorage? storage = null, string prefix = "", bool withManifest = true)
    {
        storage ??= new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(default);
        FrameCodec codec = FrameCodec.For(compression);
        string name = prefix + Id + codec.Extension;
        await using StorageUpload upload = await storage.BeginPutAsync(name, PutMode.CreateNew, default);
        await using var writer = new DumpFileWriter(upload.AsStream(), codec, level: null);
        foreach ((FrameKind kind, string text) in Frames)
        {
            Stream frame = writer.BeginFrame(kind, kind == FrameKind.Data ? 0 : null);
            await frame.WriteAsync(Encoding.ASCII.GetBytes(text));
            await writer.EndFrameAsync(kind == FrameKind.Data ? 1 : null);
        }

        DumpIndex index = SampleRecords.Index(SampleRecords.Manifest(Id, compression), writer.Frames);
        IndexLocation location = await writer.CompleteAsync(index, default);
        StorageEntry entry = await upload.CompleteAsync(default);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(await storage.ReadAllBytesAsync(name, int.MaxValue - 1, default)));
        BackupManifest manifest = index.Backup with { Index = location, Objects = [new ObjectRecord("data", name, entry.Length, sha256)] };
        var dump = new SampleDump(storage, name, string.Concat(Frames.Select(f => f.Text)), manifest, index);
        if (withManifest)
            await storage.PutAsync(dump.ManifestName, FormatJson.Write(manifest), PutMode.CreateNew, default);
        return dump;
    }

    public Task<byte[]> ReadAsync() => Storage.ReadAllBytesAsync(Name, int.MaxValue - 1, default);

    public Task ReplaceAsync(ReadOnlyMemory<byte> content) => Storage.PutAsync(Name, content, PutMode.Replace, default);

    public Task<DumpFile> OpenAsync() => DumpFile.OpenAsync(Storage, Name, default);
}
