using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>A backup that is whole as far as a repository looks: its data may be anything, its manifest describes them.</summary>
internal sealed record StoredBackup
{
    public string Id { get; init; } = SampleDump.Id;

    public string Database { get; init; } = "app";

    public DateTimeOffset? Started { get; init; }

    /// <summary>The bytes of the dump; null for some that depend on the id.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Bytes of one object at most.</summary>
    public int PartLength { get; init; } = int.MaxValue;

    public byte[]? Globals { get; init; }

    /// <summary>The dump's object name; null for the usual one.</summary>
    public string? Name { get; init; }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Bytes that begin like a dump of ours, and go on as no others do.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        byte[] start = Encoding.ASCII.GetBytes(DumpFile.Signature + "1, written by a test\n");
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        start.AsSpan(0, Math.Min(start.Length, length)).CopyTo(bytes);
        return bytes;
    }

    public static async Task<BackupRecord> OpenAsync(IStorage storage, string name) =>
        await new BackupRepository(storage, static _ => { }).OpenAsync(name, default);

    public static async Task<List<BackupRecord>> ListAsync(IStorage storage, Action<string>? warn = null) =>
        await new BackupRepository(storage, warn ?? (static _ => { })).ListAsync(default).ToListAsync();

    /// <summary>The bytes of all parts of a dump together.</summary>
    public static async Task<byte[]> ReadDataAsync(BackupRecord backup)
    {
        using var all = new MemoryStream();
        for (int i = 0; i < backup.DataObjects.Count; i++)
            all.Write(await backup.Storage.ReadAllBytesAsync(BackupName.Part(backup.Data.Name, i), int.MaxValue - 1, default));
        return all.ToArray();
    }

    public async Task<BackupRecord> PutAsync(IStorage storage)
    {
        await storage.InitializeAsync(default);
        byte[] data = Data ?? Encoding.UTF8.GetBytes(DumpFile.Signature + "1, " + Id);
        string name = Name ?? BackupName.Prefix(storage.Properties, Database) + Id + ".sql.gz";
        var objects = new List<ObjectRecord>();
        foreach (byte[] part in data.Chunk(PartLength))
        {
            string partName = BackupName.Part(name, objects.Count);
            await storage.PutAsync(partName, part, PutMode.Replace, default);
            objects.Add(new ObjectRecord("data", partName, part.Length, Hash(part)));
        }

        if (Globals is not null)
        {
            await storage.PutAsync(BackupName.Globals(name), Globals, PutMode.Replace, default);
            objects.Add(new ObjectRecord("globals", BackupName.Globals(name), Globals.Length, Hash(Globals)));
        }

        DateTimeOffset started = Started ?? (BackupName.TryParseId(Id, out _, out DateTimeOffset time) ? time : SampleDump.Started);
        BackupManifest manifest = SampleRecords.Manifest(Id, CompressionKind.Gzip, Database) with
        {
            Started = started, Sha256 = data.Length > PartLength ? Hash(data) : null, Objects = objects, Index = new IndexLocation(1, 1, Hash(data)),
        };
        await storage.PutAsync(name + BackupName.ManifestSuffix, FormatJson.Write(manifest), PutMode.Replace, default);
        return await OpenAsync(storage, name);
    }
}
