using System.Security.Cryptography;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.RoundTrip;

namespace InMidst.Backup.Integration.Tests.Encryption;

/// <summary>A repository, a key for what lies in it, and another key.</summary>
internal sealed class EncryptedScene(PostgresFixture fixture) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private AgeIdentities? _key;
    private AgeIdentities? _wrong;

    public RoundTripScene Scene { get; } = new(fixture);

    public AgeRecipient Recipient { get; private set; } = null!;

    public string KeyPath => Path.Combine(_directory.Path, "key");

    public AgeIdentities Key => _key!;

    public AgeIdentities Wrong => _wrong!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task<EncryptedScene> MakeKeysAsync()
    {
        string wrong = Path.Combine(_directory.Path, "wrong");
        Recipient = await AgeKeyFile.CreateAsync(KeyPath, TimeProvider.System, Token);
        await AgeKeyFile.CreateAsync(wrong, TimeProvider.System, Token);
        _key = AgeIdentities.Read([KeyPath], [], passphrase: null);
        _wrong = AgeIdentities.Read([wrong], [], passphrase: null);
        return this;
    }

    /// <summary>Puts an encrypted backup in the place of a plain one.</summary>
    /// <param name="plain">The plain backup.</param>
    /// <param name="partLength">Bytes of an object at most.</param>
    public async Task<BackupRecord> EncryptAsync(BackupRecord plain, int partLength = int.MaxValue)
    {
        DiskStorage storage = Scene.Storage;
        string name = plain.Data.Name + BackupName.EncryptedSuffix;
        byte[] file = await AgeProgram.EncryptAsync(await ReadAsync(plain.Data.Name), Recipient);
        var objects = new List<ObjectRecord>();
        foreach (byte[] part in file.Chunk(partLength))
            objects.Add(await PutAsync(ObjectRecord.Data, BackupName.Part(name, objects.Count), part));
        if (plain.Manifest!.Objects.FirstOrDefault(o => o.Role == ObjectRecord.Globals) is { } globals)
            objects.Add(await PutAsync(ObjectRecord.Globals, BackupName.Globals(name), await AgeProgram.EncryptAsync(await ReadAsync(globals.Name), Recipient)));
        BackupManifest manifest = plain.Manifest.ForPublic([Recipient]) with
        {
            Objects = objects, Sha256 = partLength < file.Length ? Convert.ToHexStringLower(SHA256.HashData(file)) : null,
        };
        await storage.DeleteAsync(plain.Data.Name + BackupName.ManifestSuffix, Token);
        foreach (ObjectRecord old in plain.Manifest.Objects)
            await storage.DeleteAsync(old.Name, Token);
        var repository = new BackupRepository(storage, Scene.Warnings.Add, Key);
        await repository.WriteManifestAsync(name, manifest, Token);
        return await repository.OpenAsync(name, Token);
    }

    public Task<byte[]> ReadAsync(string name) => Scene.Storage.ReadAllBytesAsync(name, int.MaxValue - 1, Token);

    public async Task<ObjectRecord> PutAsync(string role, string name, byte[] content)
    {
        await Scene.Storage.PutAsync(name, content, PutMode.Replace, Token);
        return new ObjectRecord(role, name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    public void Dispose()
    {
        _key?.Dispose();
        _wrong?.Dispose();
        Scene.Dispose();
        _directory.Dispose();
    }
}
