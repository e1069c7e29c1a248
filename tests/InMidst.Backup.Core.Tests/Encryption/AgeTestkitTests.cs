using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>
/// The test vectors of the specification (tests/data/age-testkit; their form: https://c2sp.org/CCTV/age), and what their authors expect
/// of each. What is not supported (armor, hybrid keys) must be refused as that, never read otherwise.
/// </summary>
public sealed class AgeTestkitTests
{
    private const int VectorCount = 143;

    private static readonly ErrorId[] Refusals = [ErrorIds.BackupCorrupt, ErrorIds.EncryptionKeyWrong, ErrorIds.EncryptionNotSupported];

    public static TheoryData<string> Vectors =>
        [.. Directory.GetFiles(DataFiles.Path("age-testkit")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void All_vectors_are_there() => Assert.Equal(VectorCount, Vectors.Count);

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task A_vector_ends_as_its_authors_expect(string name)
    {
        Vector vector = Vector.Read(name);
        (ErrorId? failure, byte[] released) = await DecryptAsync(vector, ReadFileAsync);
        (ErrorId? stored, byte[] read) = await DecryptAsync(vector, ReadStoredDumpAsync);
        Assert.Equal(failure, stored);
        if (vector.Expect == "success" && !vector.IsUnsupported)
        {
            Assert.Null(failure);
            Assert.Equal(vector.Payload, Hash(released));
            Assert.Equal(released, read);
            return;
        }

        Assert.Contains(failure, Expected(vector));

        // An end that is not right shows before a byte is read, so that less may come out than the authors allow, but nothing else.
        Assert.True(released.Length % AgeFile.ChunkLength == 0);
        Assert.True(released.Length == 0 || Hash(released) == vector.Payload || vector.PayloadChunks > released.Length / AgeFile.ChunkLength);
        Assert.True(vector.Expect == "payload failure" || released.Length == 0);
        Assert.True(read.Length <= released.Length);
    }

    /// <summary>Who has only a key of the kind that we know must not get anything out of the others' files either.</summary>
    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task Nobody_elses_key_opens_a_vector(string name)
    {
        Vector vector = Vector.Read(name);
        using AgeIdentities other = AgeIdentities.Read([], [Keys.Secure(Keys.Secret)], Keys.Secure("somebody else's"));
        (ErrorId? failure, byte[] released) = await ReadAsync(vector, other, ReadFileAsync);
        Assert.Contains(failure, Refusals);
        Assert.Empty(released);
    }

    private static ErrorId[] Expected(Vector vector) => vector switch
    {
        { IsUnsupported: true } or { Name: "scrypt_work_factor_23" or "scrypt_work_factor_overflow" or "version_unsupported" } =>
            [ErrorIds.EncryptionNotSupported],
        { Name: "scrypt_uppercase" or "x25519_lowercase" } => [ErrorIds.EncryptionNotSupported],
        { Expect: "no match" } => [ErrorIds.EncryptionKeyWrong],
        _ => [ErrorIds.BackupCorrupt],
    };

    private static async Task<(ErrorId? Failure, byte[] Released)> DecryptAsync(Vector vector, Func<Vector, AgeIdentities, Stream, Task> read)
    {
        AgeIdentities identities;
        try
        {
            identities = vector.ReadIdentities();
        }
        catch (BackupException e)
        {
            return (e.Id, []);
        }

        using (identities)
            return await ReadAsync(vector, identities, read);
    }

    private static async Task<(ErrorId? Failure, byte[] Released)> ReadAsync(
        Vector vector, AgeIdentities identities, Func<Vector, AgeIdentities, Stream, Task> read)
    {
        using var released = new MemoryStream();
        try
        {
            await read(vector, identities, released);
            return (null, released.ToArray());
        }
        catch (BackupException e)
        {
            return (e.Id, released.ToArray());
        }
    }

    private static async Task ReadFileAsync(Vector vector, AgeIdentities identities, Stream released)
    {
        AgeFile file = AgeFile.Open(vector.File, vector.File.Length, vector.Name, identities)!;
        (long offset, long length) = file.StoredRange(0, file.Length);
        using Stream stream = file.Decrypt(new MemoryStream(vector.File, (int)offset, (int)length), 0, file.Length);
        await stream.CopyToAsync(released);
    }

    private static async Task ReadStoredDumpAsync(Vector vector, AgeIdentities identities, Stream released)
    {
        const string Name = "app_20250102_030405.sql.gz.age";
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(default);
        await storage.PutAsync(Name, vector.File, PutMode.CreateNew, default);
        StoredDump dump = await StoredDump.OpenAsync(await StoredParts.FindAsync(storage, Name, count: null, default), identities, default);
        using Stream stream = await dump.OpenAsync(0, null, default);
        await stream.CopyToAsync(released);
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private sealed record Vector(string Name, byte[] File, ILookup<string, string> Fields)
    {
        public string Expect => Fields["expect"].Single();

        public string? Payload => Fields["payload"].SingleOrDefault();

        /// <summary>Chunks of the payload, of which there is a last one that may be damaged.</summary>
        public int PayloadChunks => File.Length / AgeFile.ChunkLength;

        /// <summary>Whether it is in armor that can be told as such, or for hybrid keys.</summary>
        public bool IsUnsupported => Fields["armored"].Contains("yes")
            ? AgeFile.IsEncrypted(File)
            : Fields["identity"].Any(key => key.Contains("-PQ-", StringComparison.Ordinal));

        public AgeIdentities ReadIdentities() => AgeIdentities.Read(
            [], [.. Fields["identity"].Select(Keys.Secure)], Fields["passphrase"].FirstOrDefault() is { } passphrase ? Keys.Secure(passphrase) : null);

        public static Vector Read(string name)
        {
            byte[] bytes = System.IO.File.ReadAllBytes(DataFiles.Path("age-testkit", name));
            int end = bytes.AsSpan().IndexOf("\n\n"u8);
            ILookup<string, string> fields = Encoding.UTF8.GetString(bytes, 0, end).Split('\n').Select(line => line.Split(": ", 2)).ToLookup(f => f[0], f => f[1]);
            byte[] file = bytes[(end + 2)..];
            if (!fields["compressed"].Contains("zlib"))
                return new Vector(name, file, fields);
            using var inflated = new MemoryStream();
            using var zlib = new ZLibStream(new MemoryStream(file), CompressionMode.Decompress);
            zlib.CopyTo(inflated);
            return new Vector(name, inflated.ToArray(), fields);
        }
    }
}
