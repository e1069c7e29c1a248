using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>What is measured of the whole process is measured while nothing else runs in it.</summary>
[Collection(nameof(AgeMemoryTests))]
[CollectionDefinition(nameof(AgeMemoryTests), DisableParallelization = true)]
public sealed class AgeMemoryTests
{
    [Fact]
    public async Task However_much_is_written_and_read_it_needs_little_memory()
    {
        byte[] piece = Keys.Noise(1024 * 1024);
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.Open(path, FileMode.Create))
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                using var stream = new AgeWriteStream(file, [Keys.Recipient]);
                for (int i = 0; i < 128; i++)
                    await stream.WriteAsync(piece);
                await stream.CompleteAsync(default);
                Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 48L << 20);
            }

            using AgeIdentities identities = Keys.Identities(Keys.Secret);
            using FileStream stored = File.OpenRead(path);
            byte[] start = new byte[AgeFile.ChunkLength];
            stored.ReadExactly(start);
            AgeFile age = AgeFile.Open(start, stored.Length, "f", identities)!;
            (stored.Position, _) = age.StoredRange(0, age.Length);
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            using Stream content = age.Decrypt(stored, 0, age.Length);
            byte[] read = new byte[piece.Length];
            for (int i = 0; i < 128; i++)
            {
                await content.ReadExactlyAsync(read);
                Assert.True(read.AsSpan().SequenceEqual(piece));
            }

            Assert.Equal(0, await content.ReadAsync(read));
            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - allocated, 0, 48L << 20);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
