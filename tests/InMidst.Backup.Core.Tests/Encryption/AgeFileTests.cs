using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Tests.Format;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>What goes in comes out, and nothing comes out of what was changed.</summary>
public sealed class AgeFileTests
{
    private const int Chunk = AgeFile.ChunkLength;
    private const int Stored = Chunk + 16;

    private static readonly ErrorId[] Refusals = [ErrorIds.BackupCorrupt, ErrorIds.EncryptionKeyWrong, ErrorIds.EncryptionNotSupported];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(2 * Chunk)]
    [InlineData((33 * Chunk) + 17)]
    public async Task What_was_written_is_read_however_it_is_written(int length)
    {
        byte[] content = Keys.Noise(length);
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        foreach (int write in (int[])[1000, Chunk - 1, Chunk, Chunk + 1, (3 * Chunk) + 5, int.MaxValue])
        {
            using var file = new MemoryStream();
            using var stream = new AgeWriteStream(file, [Keys.Recipient]);
            for (int i = 0; i < length; i += Math.Min(write, length - i))
                await stream.WriteAsync(content.AsMemory(i, Math.Min(write, length - i)));
            await stream.CompleteAsync(default);
            byte[] bytes = file.ToArray();

            // Always in the fewest chunks, the last never empty.
            int header = AgeHeader.Read(bytes, "f")!.Length;
            Assert.Equal(header + 16 + length + (16 * Math.Max(1, (length + Chunk - 1) / Chunk)), bytes.Length);
            Assert.Equal(content, AgeFile.Decrypt(bytes, "f", identities));
        }
    }

    [Fact]
    public async Task It_is_read_through_any_stream()
    {
        byte[] content = Keys.Noise((2 * Chunk) + 100);
        byte[] file = await Keys.EncryptAsync(content, Keys.Recipient);
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        AgeFile age = AgeFile.Open(file, file.Length, "f", identities)!;
        Assert.Equal(content.Length, age.Length);
        (long offset, long length) = age.StoredRange(0, age.Length);
        foreach (int readSize in (int[])[777, Stored - 1, Stored, int.MaxValue])
        {
            using Stream slow = age.Decrypt(new SlowStream(file[(int)offset..(int)(offset + length)], readSize), 0, age.Length);
            byte[] read = new byte[content.Length + 1];
            read[0] = (byte)slow.ReadByte();
            Assert.Equal(99, slow.ReadAtLeast(read.AsSpan(1, 99), 99));
            int rest = await slow.ReadAtLeastAsync(read.AsMemory(100), read.Length - 100, throwOnEndOfStream: false);
            Assert.Equal(content, read[..(100 + rest)]);
            Assert.Equal(0, await slow.ReadAsync(read));
        }
    }

    [Fact]
    public async Task Each_of_several_recipients_reads_it_and_nobody_else()
    {
        byte[] content = Keys.Noise(1000);
        byte[] file = await Keys.EncryptAsync(content, Keys.Recipient, Keys.Other);
        foreach (string secret in (string[])[Keys.Secret, Keys.OtherSecret])
        {
            using AgeIdentities identities = Keys.Identities(secret);
            Assert.Equal(content, AgeFile.Decrypt(file, "f", identities));
        }

        byte[] one = await Keys.EncryptAsync(content, Keys.Recipient);
        using AgeIdentities wrong = Keys.Identities(Keys.OtherSecret);
        Assert.Equal(ErrorIds.EncryptionKeyWrong, Assert.Throws<BackupException>(() => AgeFile.Decrypt(one, "f", wrong)).Id);
        using AgeIdentities both = Keys.Identities(Keys.OtherSecret, Keys.Secret);
        Assert.Equal(content, AgeFile.Decrypt(one, "f", both));
    }

    [Fact]
    public async Task A_passphrase_opens_its_file_only()
    {
        byte[] content = Keys.Noise(1000);
        byte[] file = await Keys.EncryptAsync(content, Keys.Passphrase("correct horse ☃"));
        using AgeIdentities right = Keys.WithPassphrase("correct horse ☃");
        Assert.Equal(content, AgeFile.Decrypt(file, "f", right));
        using AgeIdentities wrong = Keys.WithPassphrase("correct horse");
        Assert.Equal(ErrorIds.EncryptionKeyWrong, Assert.Throws<BackupException>(() => AgeFile.Decrypt(file, "f", wrong)).Id);
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        byte[] forKey = await Keys.EncryptAsync(new byte[1], Keys.Recipient);
        byte[] forPassphrase = await Keys.EncryptAsync(new byte[1], Keys.Passphrase("x"));
        using AgeIdentities key = Keys.Identities(Keys.Secret);
        using AgeIdentities passphrase = Keys.WithPassphrase("x");
        foreach ((byte[] file, AgeIdentities identities, string need) in ((byte[], AgeIdentities, string)[])[
            (forKey, AgeIdentities.None, "-IdentityFile"), (forKey, passphrase, "-IdentityFile"),
            (forPassphrase, AgeIdentities.None, "-Passphrase"), (forPassphrase, key, "-Passphrase")])
        {
            BackupException refused = Assert.Throws<BackupException>(() => AgeFile.Decrypt(file, "f", identities));
            Assert.Equal(ErrorIds.EncryptionKeyMissing, refused.Id);
            Assert.Contains(need, refused.Guidance, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_byte_can_be_changed()
    {
        byte[] content = Keys.Noise(100);
        byte[] file = await Keys.EncryptAsync(content, Keys.Recipient, Keys.Other);
        for (int i = 0; i < file.Length; i++)
        {
            foreach (byte mask in (byte[])[0x01, 0x20, 0x80])
            {
                byte[] changed = [.. file];
                changed[i] ^= mask;
                using AgeIdentities identities = Keys.Identities(Keys.Secret);
                BackupException refused = Assert.Throws<BackupException>(() => AgeFile.Decrypt(changed, "f", identities));
                Assert.Contains(refused.Id, Refusals);
            }
        }
    }

    [Fact]
    public async Task No_byte_can_be_missing_at_the_end_or_added_to_it()
    {
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        byte[] small = await Keys.EncryptAsync(Keys.Noise(100), Keys.Recipient);
        byte[] large = await Keys.EncryptAsync(Keys.Noise(2 * Chunk), Keys.Recipient);
        int header = large.Length - (2 * Stored);
        int[] cuts = [header, header + 1, header + 16, header + 17, header + Stored - 1, header + Stored, header + Stored + 1, header + Stored + 16, header + Stored + 17, large.Length - 1];
        foreach (byte[] cut in Enumerable.Range(0, small.Length).Select(l => small[..l]).Concat(cuts.Select(l => large[..l])))
            Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => AgeFile.Decrypt(cut, "f", identities)).Id);
        foreach (byte[] more in (byte[][])[[.. small, 0], [.. large, 0], [.. large, .. new byte[17]], [.. large, .. large[^Stored..]], [.. large, .. new byte[Stored]]])
            Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => AgeFile.Decrypt(more, "f", identities)).Id);
    }

    [Fact]
    public async Task Chunks_stay_where_they_are()
    {
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        byte[] file = await Keys.EncryptAsync(Keys.Noise(4 * Chunk), Keys.Recipient);
        byte[] other = await Keys.EncryptAsync(Keys.Noise(4 * Chunk), Keys.Recipient);
        byte[] header = file[..^(4 * Stored)];
        byte[][] chunks = [.. Enumerable.Range(0, 4).Select(i => file[(header.Length + (i * Stored))..][..Stored])];
        byte[][][] wrong =
        [
            [chunks[1], chunks[0], chunks[2], chunks[3]],
            [chunks[0], chunks[1], chunks[3], chunks[2]],
            [chunks[0], chunks[0], chunks[2], chunks[3]],
            [chunks[0], chunks[2], chunks[3]],
            [chunks[0], chunks[1], chunks[2]],
            [chunks[0], chunks[1], chunks[2], chunks[3], chunks[3]],
            [chunks[0], other[(header.Length + Stored)..][..Stored], chunks[2], chunks[3]],
        ];
        foreach (byte[][] order in wrong)
        {
            byte[] changed = [.. header, .. order.SelectMany(c => c)];
            Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => AgeFile.Decrypt(changed, "f", identities)).Id);
        }

        // The header of one file does not open the chunks of another.
        byte[] exchanged = [.. other[..^(4 * Stored)], .. chunks.SelectMany(c => c)];
        Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => AgeFile.Decrypt(exchanged, "f", identities)).Id);
    }

    [Fact]
    public async Task Not_a_byte_of_a_changed_chunk_is_given_away_and_the_damage_stays()
    {
        byte[] content = Keys.Noise(3 * Chunk);
        byte[] file = await Keys.EncryptAsync(content, Keys.Recipient);
        file[^(Stored + 1)] ^= 1;
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        AgeFile age = AgeFile.Open(file, file.Length, "f", identities)!;
        (long offset, long length) = age.StoredRange(0, age.Length);
        using Stream stream = age.Decrypt(new MemoryStream(file, (int)offset, (int)length), 0, age.Length);
        byte[] read = new byte[Chunk];
        await stream.ReadExactlyAsync(read);
        Assert.Equal(content[..Chunk], read);
        Array.Clear(read);
        for (int i = 0; i < 3; i++)
        {
            BackupException damage = await Assert.ThrowsAsync<BackupException>(() => stream.ReadAsync(read).AsTask());
            Assert.Equal(ErrorIds.BackupCorrupt, damage.Id);
            Assert.Contains("block 1 ", damage.Message, StringComparison.Ordinal);
        }

        Assert.All(read, b => Assert.Equal(0, b));
    }

    [Fact]
    public void Armor_is_said_to_be_not_supported()
    {
        byte[] armored = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3Jn\n-----END AGE ENCRYPTED FILE-----\n"u8.ToArray();
        Assert.True(AgeFile.IsEncrypted(armored));
        Assert.Equal(ErrorIds.EncryptionNotSupported, Assert.Throws<BackupException>(() => AgeFile.Decrypt(armored, "f", AgeIdentities.None)).Id);
    }

    [Fact]
    public void Both_ciphers_are_one()
    {
        using SecretBytes key = SecretBytes.Random(32);
        using ChunkCipher system = ChunkCipher.Create(key);
        using ChunkCipher managed = ChunkCipher.CreateManaged(key);
        foreach ((int length, long index, bool isLast) in ((int, long, bool)[])[(0, 0, true), (1, 1, false), (Chunk, 1L << 33, false), (1000, 7, true)])
        {
            byte[] content = Keys.Noise(length);
            byte[] stored = new byte[length + 16];
            byte[] again = new byte[length + 16];
            system.Encrypt(index, isLast, content, stored);
            managed.Encrypt(index, isLast, content, again);
            Assert.Equal(stored, again);
            byte[] read = new byte[length];
            Assert.True(managed.TryDecrypt(index, isLast, stored, read));
            Assert.Equal(content, read);
            foreach (ChunkCipher cipher in (ChunkCipher[])[system, managed])
            {
                Assert.False(cipher.TryDecrypt(index + 1, isLast, stored, read));
                Assert.False(cipher.TryDecrypt(index, !isLast, stored, read));
            }
        }
    }

    [Fact]
    public async Task After_a_write_that_failed_nothing_follows()
    {
        using var stream = new AgeWriteStream(new FailingStream(), [Keys.Recipient]);
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(new byte[4 << 20]).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.WriteAsync(new byte[4 << 20]).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.CompleteAsync(default));
    }

    private sealed class FailingStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("full"));
    }
}
