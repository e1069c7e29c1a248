using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>Encrypted backups that were made once and must be readable for ever; tests/data/README.md says more.</summary>
public sealed class EncryptedGoldenFilesTests : IDisposable
{
    private const string Name = "app_20261122_154503.sql.gz.age";
    private const string Plain = "plain_20240101_000000.sql.gz";
    private const string Passphrase = "correct horse";

    private readonly AgeIdentities _both = AgeIdentities.Read([DataFiles.Path("format-1-age", "identity.txt")], [], Keys.Secure(Passphrase));
    private readonly List<string> _warnings = [];

    private static IStorage Storage => new DiskStorage(DataFiles.Path("format-1-age"));

    private static IStorage Unencrypted => new DiskStorage(DataFiles.Path("format-1"));

    public static TheoryData<string> Secrets => [Keys.Secret, Keys.OtherSecret];

    [Theory]
    [MemberData(nameof(Secrets))]
    public async Task Each_of_its_recipients_reads_every_byte(string secret)
    {
        using AgeIdentities identities = Keys.Identities(secret);
        BackupRecord record = await new BackupRepository(Storage, _warnings.Add, identities).OpenAsync(Name, default);
        Assert.Equal([Keys.Public, Keys.OtherPublic], record.Manifest!.Encryption!.Recipients);
        (DumpFile file, DumpIndex? index) = await BackupContents.OpenAsync(record, default);
        Assert.Equal("postgres", index!.Backup.Database.Owner);
        using (VerifyingReadStream verifying = await file.OpenVerifyingAsync(index.Frames, default))
        {
            await verifying.DrainAsync(default);
            Assert.Empty(verifying.Damaged);
            Assert.Equal(0, verifying.Unread);
            Assert.True(record.Manifest.Describes(verifying.Objects));
        }

        using var read = new MemoryStream();
        await (await file.OpenStoredAsync(default)).CopyToAsync(read);
        Assert.Equal(await ReadAsync(Unencrypted, Name[..^4]), read.ToArray());
        byte[] globals = await ReadAsync(Storage, BackupName.Globals(Name));
        Assert.Equal(await ReadAsync(Unencrypted, BackupName.Globals(Name)[..^4]), AgeFile.Decrypt(globals, "globals", identities));
    }

    [Fact]
    public async Task What_age_encrypted_is_listed_with_its_keys()
    {
        var records = new List<BackupRecord>();
        await foreach (BackupRecord record in new BackupRepository(Storage, _warnings.Add, _both).ListAsync(default))
            records.Add(record);
        Assert.Empty(_warnings);
        Assert.Equal(["plain_20240101_000000", "secret_20240101_000000", "app_20261122_154503"], records.Select(r => r.Id));
    }

    [Theory]
    [InlineData(Plain + ".age")]
    [InlineData("secret_20240101_000000.sql.gz.age")]
    public async Task What_age_encrypted_for_a_key_or_with_a_passphrase_is_read(string name)
    {
        DumpFile file = await DumpFile.OpenAsync(Storage, name, _both, default);
        using var read = new MemoryStream();
        await (await file.OpenStoredAsync(default)).CopyToAsync(read);
        Assert.Equal(await ReadAsync(Unencrypted, Plain), read.ToArray());
        using AgeIdentities wrong = AgeIdentities.Read([], [Keys.Secure(Keys.OtherSecret)], Keys.Secure("wrong horse"));
        Assert.Equal(ErrorIds.EncryptionKeyWrong, (await Assert.ThrowsAsync<BackupException>(() => DumpFile.OpenAsync(Storage, name, wrong, default))).Id);
    }

    public void Dispose() => _both.Dispose();

    private static Task<byte[]> ReadAsync(IStorage storage, string name) => storage.ReadAllBytesAsync(name, 1 << 20, default);
}
