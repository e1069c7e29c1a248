using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>Any range of a dump, however it is stored.</summary>
public sealed class StoredDumpTests : IDisposable
{
    private const int Chunk = AgeFile.ChunkLength;
    private const string Name = "app_20250102_030405.sql.gz.age";

    private readonly MemoryStorage _storage = new(TimeProvider.System);
    private readonly AgeIdentities _identities = Keys.Identities(Keys.Secret);

    public StoredDumpTests() => _storage.InitializeAsync(default).GetAwaiter().GetResult();

    public static TheoryData<int, int[]> Shapes => new()
    {
        { 0, [] },
        { 1, [] },
        { Chunk, [] },
        { 5 * Chunk, [] },
        { (5 * Chunk) + 1, [100, 101, Chunk + 400, 70_000] },
        { 3 * Chunk, [300, Chunk + 232] },
        { 1000, [1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Every_range_is_that_of_the_plaintext(int length, int[] cuts)
    {
        byte[] content = Keys.Noise(length);
        StoredDump dump = await OpenAsync(await PutAsync(content, cuts));
        Assert.True(dump.IsEncrypted);
        Assert.Equal(length, dump.Length);
        var random = new Random(1);
        int[] edges = [.. new[] { 0, 1, Chunk - 1, Chunk, Chunk + 1, (2 * Chunk) - 1, 2 * Chunk, length - 1, length, length + 1 }.Where(e => e >= 0)];
        foreach (int offset in edges.Concat(Enumerable.Range(0, 20).Select(_ => random.Next(length + 1))))
        {
            foreach (int count in edges.Concat([random.Next(length + 1), random.Next(100)]))
            {
                byte[] expected = offset >= length ? [] : content[offset..(int)Math.Min(length, (long)offset + count)];
                Assert.Equal(expected, await dump.ReadAsync(offset, count, default));
            }

            using Stream rest = await dump.OpenAsync(offset, null, default);
            using var read = new MemoryStream();
            await rest.CopyToAsync(read);
            Assert.Equal(content[Math.Min(offset, length)..], read.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Read_as_a_whole_each_object_is_hashed(int length, int[] cuts)
    {
        byte[] content = Keys.Noise(length);
        StoredParts parts = await PutAsync(content, cuts);
        StoredDump dump = await OpenAsync(parts);
        using var hashes = new PartHashes();
        using Stream stream = await dump.OpenAsync(hashes, default);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.Equal(content, read.ToArray());
        Assert.Equal(cuts.Length + 1, hashes.Objects.Count);
        foreach ((StorageEntry entry, ObjectRecord hashed) in parts.Entries.Zip(hashes.Objects))
        {
            byte[] stored = await _storage.ReadAllBytesAsync(entry.Name, int.MaxValue - 1, default);
            Assert.Equal(new ObjectRecord("data", entry.Name, stored.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stored))), hashed);
        }
    }

    [Fact]
    public async Task Ranges_are_read_by_several_at_once()
    {
        byte[] content = Keys.Noise(20 * Chunk);
        StoredDump dump = await OpenAsync(await PutAsync(content, [500_000]));
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (i, token) =>
        {
            int offset = i * 6421 % content.Length;
            int count = Math.Min(content.Length - offset, 100_000 + (i * 17));
            Assert.Equal(content[offset..(offset + count)], await dump.ReadAsync(offset, count, token));
        });
    }

    [Fact]
    public async Task An_end_that_is_missing_shows_at_once()
    {
        byte[] file = await Keys.EncryptAsync(Keys.Noise(4 * Chunk), Keys.Recipient);
        foreach (int missing in (int[])[1, Chunk - 1, Chunk + 16, Chunk + 17, 2 * (Chunk + 16)])
        {
            await _storage.PutAsync(Name, file.AsMemory(0, file.Length - missing), PutMode.Replace, default);
            Assert.Equal(ErrorIds.BackupCorrupt, await FailAsync());
        }
    }

    [Fact]
    public async Task An_object_that_is_missing_or_exchanged_shows()
    {
        byte[] content = Keys.Noise(4 * Chunk);
        StoredParts parts = await PutAsync(content, [Chunk + 700, (2 * Chunk) + 700]);
        byte[] second = await _storage.ReadAllBytesAsync(Name + ".001", int.MaxValue - 1, default);
        byte[] third = await _storage.ReadAllBytesAsync(Name + ".002", int.MaxValue - 1, default);
        await _storage.DeleteAsync(Name + ".002", default);
        Assert.Equal(ErrorIds.BackupCorrupt, await FailAsync());
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(
            () => StoredParts.FindAsync(_storage, Name, parts.Entries.Count, default))).Id);
        await _storage.PutAsync(Name + ".001", third, PutMode.Replace, default);
        await _storage.PutAsync(Name + ".002", second, PutMode.Replace, default);
        Assert.Equal(ErrorIds.BackupCorrupt, await FailAsync());
    }

    [Fact]
    public async Task A_plain_dump_in_several_objects_is_one()
    {
        byte[] content = Keys.Noise(1000);
        string name = "app_20250102_030405.sql.gz";
        for (int i = 0; i < 4; i++)
            await _storage.PutAsync(BackupName.Part(name, i), content.AsMemory(i * 250, 250), PutMode.CreateNew, default);
        StoredParts parts = await StoredParts.FindAsync(_storage, name, count: null, default);
        StoredDump dump = await StoredDump.OpenAsync(parts, AgeIdentities.None, default);
        Assert.False(dump.IsEncrypted);
        Assert.Equal(1000, dump.Length);
        for (int offset = 0; offset <= 1000; offset += 83)
        {
            Assert.Equal(content[offset..], await dump.ReadAsync(offset, 2000, default));
            Assert.Equal(content[offset..Math.Min(1000, offset + 260)], await dump.ReadAsync(offset, 260, default));
        }

        using var hashes = new PartHashes();
        await (await dump.OpenAsync(hashes, default)).CopyToAsync(Stream.Null);
        Assert.Equal([250, 250, 250, 250], hashes.Objects.Select(o => o.Length));
    }

    [Fact]
    public async Task A_single_file_has_its_further_parts_beside_it_and_nothing_else()
    {
        using var directory = new Storage.TemporaryDirectory();
        byte[] content = Keys.Noise(1000);
        foreach ((string suffix, Range range) in ((string, Range)[])[("", ..400), (".001", 400..700), (".002", 700..), (".004", ..5), (".bak", ..5), (".01", ..5)])
            await File.WriteAllBytesAsync(directory.At("My Dump.sql.gz" + suffix), content[range]);
        var storage = new Core.Storage.Disk.SingleFileStorage(directory.At("My Dump.sql.gz"));
        StoredParts parts = await StoredParts.FindAsync(storage, storage.Name, count: null, default);
        Assert.Equal(3, parts.Entries.Count);
        Assert.Equal(content, await parts.ReadAsync(0, 2000, default));
        foreach (string other in (string[])["My Dump.sql.gz.bak", "My Dump.sql.gz.01", "My Dump.sql.gz.001/../My Dump.sql.gz.bak"])
        {
            Assert.Null(await storage.FindAsync(other, default));
            await Assert.ThrowsAsync<StorageException>(() => storage.OpenReadAsync(other, 0, null, default));
        }

        Assert.Equal([storage.Name], await storage.ListAsync("", default).Select(e => e.Name).ToListAsync());
    }

    [Fact]
    public async Task What_was_cut_while_it_is_read_is_not_filled_with_what_follows()
    {
        string name = "app_20250102_030405.sql.gz";
        await _storage.PutAsync(name, new byte[100], PutMode.CreateNew, default);
        await _storage.PutAsync(name + ".001", new byte[100], PutMode.CreateNew, default);
        StoredParts parts = await StoredParts.FindAsync(_storage, name, count: 2, default);
        await _storage.PutAsync(name, new byte[90], PutMode.Replace, default);
        Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => parts.ReadAsync(0, 200, default))).Id);
    }

    [Fact]
    public async Task Content_or_name_says_that_a_dump_is_encrypted()
    {
        byte[] file = await Keys.EncryptAsync(new byte[100], Keys.Recipient);
        await _storage.PutAsync("misnamed.sql.gz", file, PutMode.CreateNew, default);
        Assert.True((await StoredDump.OpenAsync(await StoredParts.FindAsync(_storage, "misnamed.sql.gz", null, default), _identities, default)).IsEncrypted);
        await _storage.PutAsync(Name, new byte[100], PutMode.CreateNew, default);
        Assert.Equal(ErrorIds.BackupCorrupt, await FailAsync());
        await _storage.PutAsync(Name, ReadOnlyMemory<byte>.Empty, PutMode.Replace, default);
        Assert.Equal(ErrorIds.BackupCorrupt, await FailAsync());
    }

    [Fact]
    public async Task A_header_may_be_long()
    {
        byte[] content = Keys.Noise(100);
        AgeRecipient[] many = [.. Enumerable.Range(0, 800).Select(_ => AgeRecipient.FromPublicKey(AgeX25519.PublicKeyOf(SecretBytes.Random(32)))), Keys.Recipient];
        byte[] file = await Keys.EncryptAsync(content, many);
        Assert.True(AgeHeader.Read(file, "f")!.Length > 64 * 1024);
        await _storage.PutAsync(Name, file, PutMode.CreateNew, default);
        StoredDump dump = await OpenAsync(await StoredParts.FindAsync(_storage, Name, null, default));
        Assert.Equal(content, await dump.ReadAsync(0, 100, default));
    }

    public void Dispose() => _identities.Dispose();

    private async Task<StoredParts> PutAsync(byte[] content, int[] cuts)
    {
        byte[] file = await Keys.EncryptAsync(content, Keys.Recipient);
        int[] ends = [.. cuts, file.Length];
        for (int part = 0; part < ends.Length; part++)
            await _storage.PutAsync(BackupName.Part(Name, part), file.AsMemory(part == 0 ? 0 : ends[part - 1], ends[part] - (part == 0 ? 0 : ends[part - 1])), PutMode.CreateNew, default);
        return await StoredParts.FindAsync(_storage, Name, count: null, default);
    }

    private Task<StoredDump> OpenAsync(StoredParts parts) => StoredDump.OpenAsync(parts, _identities, default);

    private async Task<ErrorId> FailAsync() => (await Assert.ThrowsAsync<BackupException>(
        async () => await OpenAsync(await StoredParts.FindAsync(_storage, Name, count: null, default)))).Id;
}
