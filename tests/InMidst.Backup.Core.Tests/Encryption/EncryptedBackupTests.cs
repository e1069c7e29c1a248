using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>A repository with an encrypted backup, seen by those who have its key and those who have not.</summary>
public sealed class EncryptedBackupTests : IDisposable
{
    private const string Name = SampleDump.Id + ".sql.gz.age";

    private readonly MemoryStorage _storage = new(TimeProvider.System);
    private readonly AgeIdentities _key = Keys.Identities(Keys.Secret);
    private readonly AgeIdentities _wrong = Keys.Identities(Keys.OtherSecret);
    private readonly List<string> _warnings = [];

    [Fact]
    public async Task It_is_listed_without_its_key()
    {
        BackupManifest manifest = await WriteAsync();
        foreach (AgeIdentities identities in (AgeIdentities[])[AgeIdentities.None, _wrong, _key])
        {
            BackupRecord listed = Assert.Single(await ListAsync(identities));
            Assert.Equal(manifest.Id, listed.Id);
            Assert.Equal([Keys.Public], listed.Manifest!.Encryption!.Recipients);
            Assert.Same(identities, listed.Identities);
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task It_is_opened_with_its_key_only()
    {
        await WriteAsync();
        BackupContents contents = await BackupContents.OpenAsync(Assert.Single(await ListAsync(_key)), default);
        Assert.True(contents.File.IsEncrypted);
        Assert.Equal(SampleRecords.Manifest(SampleDump.Id).Requirements.Roles, contents.Index!.Backup.Requirements.Roles);
        using (var script = new StreamReader(await contents.File.OpenScriptAsync(default)))
            Assert.StartsWith(string.Concat(SampleDump.Frames.Select(f => f.Text)), await script.ReadToEndAsync(), StringComparison.Ordinal);
        foreach (FrameEntry frame in contents.Index.Frames)
        {
            using var text = new StreamReader(contents.File.Codec.CreateDecompressor(await contents.File.OpenFrameAsync(frame, default)));
            Assert.Equal(frame.RawLength, (await text.ReadToEndAsync()).Length);
        }

        foreach ((AgeIdentities identities, ErrorId id) in ((AgeIdentities, ErrorId)[])[
            (AgeIdentities.None, ErrorIds.EncryptionKeyMissing), (_wrong, ErrorIds.EncryptionKeyWrong)])
        {
            BackupRecord listed = Assert.Single(await ListAsync(identities));
            Assert.Equal(id, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(listed, default))).Id);
        }
    }

    [Fact]
    public async Task Its_manifest_tells_nothing_of_what_is_in_it()
    {
        BackupManifest manifest = await WriteAsync();
        string json = Encoding.UTF8.GetString(await _storage.ReadAllBytesAsync(Name + BackupName.ManifestSuffix, 1 << 20, default));
        foreach (string secret in (string[])["tëst", "\"owner\": \"owner\"", "reader", "fast", "citext", "C.UTF-8", "search_path", "lines", SampleRecords.Sum])
            Assert.DoesNotContain(secret, json, StringComparison.Ordinal);
        Assert.Contains(Keys.Public, json, StringComparison.Ordinal);
        Assert.Equal(("UTF8", "15.18", 3L), (manifest.Database.Encoding, manifest.Requirements.PgDumpVersion, manifest.Totals.Rows));
        BackupManifest whole = SampleRecords.Manifest(SampleDump.Id);
        Assert.Same(whole, whole.ForPublic([]));
        Assert.Equal(["passphrase"], whole.ForPublic([Keys.Passphrase("x")]).Encryption!.Recipients);
    }

    [Fact]
    public async Task A_plain_file_in_its_place_is_noticed()
    {
        BackupManifest manifest = await WriteAsync();
        SampleDump plain = await SampleDump.WriteAsync(CompressionKind.Gzip, withManifest: false);
        byte[] bytes = await plain.ReadAsync();
        await _storage.DeleteAsync(Name, default);
        const string PlainName = SampleDump.Id + ".sql.gz";
        await _storage.PutAsync(PlainName, bytes, PutMode.CreateNew, default);
        manifest = manifest with { Objects = [plain.Manifest.Objects[0]] };
        await _storage.PutAsync(PlainName + BackupName.ManifestSuffix, FormatJson.Write(manifest), PutMode.CreateNew, default);
        BackupRecord listed = (await ListAsync(_key)).Single(r => r.Data.Name == PlainName);
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(listed, default))).Id);
    }

    [Fact]
    public async Task Another_encrypted_backup_in_its_place_is_noticed()
    {
        BackupManifest manifest = await WriteAsync();
        byte[] other = await Keys.EncryptAsync(Keys.Noise((int)manifest.Objects[0].Length - 200), Keys.Recipient);
        Assert.Equal(manifest.Objects[0].Length, other.Length);
        await _storage.PutAsync(Name, other, PutMode.Replace, default);
        BackupRecord listed = Assert.Single(await ListAsync(_key));
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(listed, default))).Id);
    }

    [Fact]
    public async Task A_damaged_header_is_not_taken_for_a_wrong_key()
    {
        await WriteAsync();
        BackupRecord mine = Assert.Single(await ListAsync(_key));
        BackupRecord others = Assert.Single(await ListAsync(_wrong));
        byte[] whole = await _storage.ReadAllBytesAsync(Name, 1 << 20, default);
        int header = AgeHeader.Read(whole, Name)!.Length;
        bool isTakenForAnother = false;
        for (int i = 0; i < header; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 1;
            await _storage.PutAsync(Name, damaged, PutMode.Replace, default);
            Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(mine, default))).Id);
            ErrorId seen = (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(others, default))).Id;
            isTakenForAnother |= seen == ErrorIds.EncryptionKeyWrong;
        }

        Assert.True(isTakenForAnother);
    }

    [Fact]
    public async Task Without_a_manifest_it_is_no_backup_yet_and_its_key_tells_whose_it_is()
    {
        await WriteAsync();
        await _storage.DeleteAsync(Name + BackupName.ManifestSuffix, default);
        foreach (AgeIdentities identities in (AgeIdentities[])[AgeIdentities.None, _wrong, _key])
        {
            _warnings.Clear();
            Assert.Empty(await ListAsync(identities));
            Assert.Contains("not listed", Assert.Single(_warnings), StringComparison.Ordinal);
        }

        Assert.Equal(SampleDump.Id, (await new BackupRepository(_storage, _warnings.Add, _key).OpenAsync(Name, default)).Manifest!.Id);
        BackupRecord locked = await new BackupRepository(_storage, _warnings.Add).OpenAsync(Name, default);
        Assert.Null(locked.Manifest);
        Assert.Equal(ErrorIds.EncryptionKeyMissing, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(locked, default))).Id);
    }

    [Fact]
    public async Task A_dump_of_other_tools_is_listed_with_its_key()
    {
        await _storage.InitializeAsync(default);
        byte[] script = "--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n--\n-- PostgreSQL database dump complete\n--\n\n"u8.ToArray();
        await _storage.PutAsync("old.sql.age", await Keys.EncryptAsync(script, Keys.Recipient), PutMode.CreateNew, default);
        Assert.Empty(await ListAsync(AgeIdentities.None));
        BackupRecord record = Assert.Single(await ListAsync(_key));
        BackupContents contents = await BackupContents.OpenAsync(record, default);
        Assert.Null(contents.Index);
        using var read = new MemoryStream();
        await (await contents.File.OpenScriptAsync(default)).CopyToAsync(read);
        Assert.Equal(script, read.ToArray());
    }

    [Fact]
    public async Task In_several_objects_it_is_named_by_the_hash_of_all()
    {
        BackupManifest manifest = await WriteAsync(partLength: 300);
        Assert.True(manifest.DataObjects.Count > 3);
        Assert.Equal(manifest.Sha256, manifest.DataSha256);
        BackupRecord listed = Assert.Single(await ListAsync(_key));
        BackupContents contents = await BackupContents.OpenAsync(listed, default);
        using VerifyingReadStream verifying = await contents.File.OpenVerifyingAsync(contents.Index!.Frames, default);
        await verifying.DrainAsync(default);
        Assert.True(listed.Manifest!.Describes(verifying.Objects));
        Assert.False((listed.Manifest with { Objects = [.. listed.Manifest.Objects.Reverse()] }).Describes(verifying.Objects));
        Assert.Empty(verifying.Damaged);
        await new BackupRepository(_storage, _warnings.Add).WriteProofAsync(Name, SampleRecords.Proof(manifest.Sha256!), default);
        Assert.NotNull(Assert.Single(await ListAsync(_key)).Proof);

        string last = manifest.DataObjects[^1].Name;
        byte[] bytes = await _storage.ReadAllBytesAsync(last, 1 << 20, default);
        await _storage.PutAsync(last, bytes.AsMemory(1), PutMode.Replace, default);
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(listed, default))).Id);
        await _storage.DeleteAsync(last, default);
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(listed, default))).Id);
    }

    public void Dispose()
    {
        _key.Dispose();
        _wrong.Dispose();
    }

    private async Task<List<BackupRecord>> ListAsync(AgeIdentities identities)
    {
        var records = new List<BackupRecord>();
        await foreach (BackupRecord record in new BackupRepository(_storage, _warnings.Add, identities).ListAsync(default))
            records.Add(record);
        return records;
    }

    private async Task<BackupManifest> WriteAsync(int partLength = int.MaxValue)
    {
        await _storage.InitializeAsync(default);
        SampleDump plain = await SampleDump.WriteAsync(CompressionKind.Gzip, withManifest: false);
        byte[] bytes = await Keys.EncryptAsync(await plain.ReadAsync(), Keys.Recipient);
        var objects = new List<ObjectRecord>();
        foreach (byte[] part in bytes.Chunk(partLength))
        {
            string name = BackupName.Part(Name, objects.Count);
            await _storage.PutAsync(name, part, PutMode.CreateNew, default);
            objects.Add(new ObjectRecord(ObjectRecord.Data, name, part.Length, Sha256(part)));
        }

        BackupManifest manifest = plain.Manifest.ForPublic([Keys.Recipient]) with { Objects = objects, Sha256 = objects.Count > 1 ? Sha256(bytes) : null };
        await _storage.PutAsync(Name + BackupName.ManifestSuffix, FormatJson.Write(manifest), PutMode.CreateNew, default);
        return manifest;
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
