using System.Text;
using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Integration.Tests.Encryption;

/// <summary>Files go to and fro between age's own program and us.</summary>
public sealed class AgeProgramTests : IAsyncLifetime
{
    private const int Chunk = AgeFile.ChunkLength;
    private const string Passphrase = "correct horse battery";

    private readonly TemporaryDirectory _directory = new();
    private string _ours = "";
    private string _theirs = "";
    private AgeRecipient _recipient = null!;
    private AgeRecipient _other = null!;

    public static TheoryData<int> Lengths => [0, 1, 100, Chunk - 1, Chunk, Chunk + 1, 3 * Chunk, (40 * Chunk) + 77];

    public async ValueTask InitializeAsync()
    {
        _ours = Path.Combine(_directory.Path, "ours.txt");
        _theirs = Path.Combine(_directory.Path, "theirs.txt");
        _recipient = await AgeKeyFile.CreateAsync(_ours, TimeProvider.System, default);
        await AgeProgram.RunAsync("age-keygen", [], "-o", _theirs);
        _other = AgeRecipient.Parse(Encoding.ASCII.GetString(await AgeProgram.RunAsync("age-keygen", [], "-y", _theirs)));
    }

    [Fact]
    public async Task Our_identity_file_is_one_to_age() =>
        Assert.Equal($"{_recipient}\n", Encoding.ASCII.GetString(await AgeProgram.RunAsync("age-keygen", [], "-y", _ours)));

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Age_reads_what_we_encrypted(int length)
    {
        byte[] content = Noise(length);
        byte[] file = await AgeProgram.EncryptAsync(content, _recipient, _other);
        Assert.Equal(content, await AgeProgram.RunAsync("age", file, "-d", "-i", _ours));
        Assert.Equal(content, await AgeProgram.RunAsync("age", file, "-d", "-i", _theirs));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task We_read_what_age_encrypted(int length)
    {
        byte[] content = Noise(length);
        byte[] file = await AgeProgram.RunAsync("age", content, "-r", _recipient.ToString(), "-r", _other.ToString());
        foreach (string path in (string[])[_ours, _theirs])
        {
            using AgeIdentities identities = AgeIdentities.Read([path], [], passphrase: null);
            Assert.Equal(content, AgeFile.Decrypt(file, "file", identities));
        }
    }

    [Fact]
    public async Task A_passphrase_is_the_same_to_both()
    {
        byte[] content = Noise(Chunk + 5);
        string plain = await WriteAsync("plain", content);
        string encrypted = Path.Combine(_directory.Path, "encrypted.age");
        await AgeProgram.TypeAsync(Passphrase, "-p", "-o", encrypted, plain);
        using AgeIdentities identities = AgeIdentities.Read([], [], AgeProgram.Secure(Passphrase));
        Assert.Equal(content, AgeFile.Decrypt(await File.ReadAllBytesAsync(encrypted), "file", identities));

        byte[] file = await AgeProgram.EncryptAsync(content, AgeRecipient.FromPassphrase(AgeProgram.Secure(Passphrase)));
        Assert.Equal(content, AgeFile.Decrypt(file, "file", identities));
        string decrypted = Path.Combine(_directory.Path, "decrypted");
        await AgeProgram.TypeAsync(Passphrase, "-d", "-o", decrypted, await WriteAsync("ours.age", file));
        Assert.Equal(content, await File.ReadAllBytesAsync(decrypted));
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task<string> WriteAsync(string name, byte[] content)
    {
        string path = Path.Combine(_directory.Path, name);
        await File.WriteAllBytesAsync(path, content);
        return path;
    }
}
