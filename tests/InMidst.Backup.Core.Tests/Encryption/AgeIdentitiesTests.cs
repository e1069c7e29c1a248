using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Tests.Storage;

namespace InMidst.Backup.Core.Tests.Encryption;

public sealed class AgeIdentitiesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _warnings = [];

    [Fact]
    public void A_file_may_hold_comments_and_several_keys()
    {
        string path = Write($"# created: once\r\n# public key: {Keys.Public}\r\n{Keys.Secret}\r\n\n  {Keys.OtherSecret} \n#");
        using AgeIdentities identities = AgeIdentities.Read([path], [], passphrase: null, _warnings.Add);
        Assert.Equal(2, identities.Count);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void All_sources_count()
    {
        string path = Write(Keys.Secret);
        using AgeIdentities identities = AgeIdentities.Read([path, path], [Keys.Secure(Keys.OtherSecret + "\n")], Keys.Secure("x"));
        Assert.Equal(4, identities.Count);
        Assert.Equal(0, AgeIdentities.None.Count);
    }

    [Fact]
    public void A_file_that_others_can_read_is_warned_of()
    {
        // Windows has no such modes.
        if (OperatingSystem.IsWindows())
            return;
        string path = Write(Keys.Secret);
        foreach (UnixFileMode mode in (UnixFileMode[])[UnixFileMode.GroupRead, UnixFileMode.OtherRead, UnixFileMode.OtherWrite])
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | mode);
            _warnings.Clear();
            AgeIdentities.Read([path], [], passphrase: null, _warnings.Add).Dispose();
            Assert.Contains("chmod 600", Assert.Single(_warnings), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "holds no secret key")]
    [InlineData("# nothing\n\n", "holds no secret key")]
    [InlineData("# a\nhello\n", "Line 2")]
    [InlineData(Keys.Public, "is a public key")]
    [InlineData(Keys.Secret + "\nAGE-SECRET-KEY-1XP4GMDUDQ8PRFVF3N0YYVAUEHSXEJ33F0XM5D4ATWLAF6SJYAT9Q6NDA7B\n", "Line 2")]
    [InlineData("age-secret-key-168a86vfnfgz3dg6722hf5wevwmatgc2hnwcpk84wp3lt7sqh6xwsw67nx8", "Line 1")]
    [InlineData("age-encryption.org/v1\n-> scrypt a 18\n", "is itself encrypted")]
    [InlineData("-----BEGIN AGE ENCRYPTED FILE-----\n", "is itself encrypted")]
    public void What_is_no_identity_file_is_refused_with_its_line(string content, string message)
    {
        string path = Write(content);
        BackupException refused = Assert.Throws<BackupException>(() => AgeIdentities.Read([path], [], passphrase: null));
        Assert.Equal(ErrorIds.IdentityFileInvalid, refused.Id);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET-KEY-1X", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AGE-PLUGIN-YUBIKEY-1QQPQQ\n")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n")]
    [InlineData("AGE-SECRET-KEY-PQ-1XX76JR\n")]
    public void Keys_of_other_kinds_are_said_to_be_not_supported(string content) => Assert.Equal(
        ErrorIds.EncryptionNotSupported, Assert.Throws<BackupException>(() => AgeIdentities.Read([Write(content)], [], passphrase: null)).Id);

    [Fact]
    public void What_others_keys_a_file_holds_is_told_and_ours_are_used()
    {
        string path = Write($"# mine\nAGE-PLUGIN-YUBIKEY-1QQPQQ\n{Keys.Secret}\nAGE-SECRET-KEY-PQ-1XX76JR\n");
        using AgeIdentities identities = AgeIdentities.Read([path], [], passphrase: null, _warnings.Add);
        Assert.Equal(1, identities.Count);
        Assert.Equal(2, _warnings.Count);
        Assert.StartsWith($"Line 2 of {path}", _warnings[0], StringComparison.Ordinal);
        Assert.StartsWith($"Line 4 of {path}", _warnings[1], StringComparison.Ordinal);
        Assert.DoesNotContain(_warnings, w => w.Contains("XX76JR", StringComparison.Ordinal));
    }

    [Fact]
    public void Editors_may_put_their_mark_before_the_text_but_UTF16_is_named()
    {
        string text = $"# created: once\n{Keys.Secret}\n";
        string marked = Write("");
        File.WriteAllText(marked, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        using AgeIdentities identities = AgeIdentities.Read([marked], [], passphrase: null);
        Assert.Equal(1, identities.Count);
        foreach (Encoding encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            string path = Write("");
            File.WriteAllText(path, text, encoding);
            BackupException refused = Assert.Throws<BackupException>(() => AgeIdentities.Read([path], [], passphrase: null));
            Assert.Equal(ErrorIds.IdentityFileInvalid, refused.Id);
            Assert.Contains("UTF-16", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_and_one_that_is_no_identity_at_all_are_refused()
    {
        Assert.Equal(ErrorIds.IdentityFileInvalid, Assert.Throws<BackupException>(
            () => AgeIdentities.Read([Path.Combine(_directory.Path, "none")], [], passphrase: null)).Id);
        Assert.Equal(ErrorIds.IdentityFileInvalid, Assert.Throws<BackupException>(() => AgeIdentities.Read([_directory.Path], [], passphrase: null)).Id);
        Assert.Equal(ErrorIds.IdentityFileInvalid, Assert.Throws<BackupException>(
            () => AgeIdentities.Read([Write(new string('#', 2 << 20))], [], passphrase: null)).Id);
    }

    [Fact]
    public void A_key_that_was_typed_wrong_is_not_repeated()
    {
        BackupException refused = Assert.Throws<BackupException>(() => Keys.Identities(Keys.Secret[..^1] + "Q"));
        Assert.Equal(ErrorIds.InvalidArgument, refused.Id);
        Assert.DoesNotContain(Keys.Secret[20..40], refused.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => Keys.WithPassphrase("")).Id);
    }

    [Fact]
    public async Task When_they_are_disposed_nothing_is_left_of_the_keys()
    {
        byte[] file = await Keys.EncryptAsync(new byte[10], Keys.Recipient);
        AgeIdentities identities = Keys.Identities(Keys.Secret);
        SecretBytes fileKey = identities.Open(AgeHeader.Read(file, "f")!, "f");
        byte[] bytes = fileKey.Array;
        Assert.Contains(bytes, b => b != 0);
        identities.Dispose();
        Assert.All(bytes, b => Assert.Equal(0, b));
        Assert.Equal(0, identities.Count);
        Assert.Throws<ObjectDisposedException>(() => fileKey.Array);
        Assert.Equal(ErrorIds.EncryptionKeyMissing, Assert.Throws<BackupException>(() => AgeFile.Decrypt(file, "f", identities)).Id);
    }

    [Fact]
    public async Task A_passphrase_is_tried_once_for_each_file()
    {
        byte[] file = await Keys.EncryptAsync(new byte[10], Keys.Passphrase("x"));
        using AgeIdentities identities = Keys.WithPassphrase("x");
        AgeHeader header = AgeHeader.Read(file, "f")!;
        Assert.Same(identities.Open(header, "f"), identities.Open(AgeHeader.Read(file, "f")!, "f"));
    }

    [Fact]
    public async Task A_new_key_is_in_a_file_for_its_owner_and_opens_what_is_encrypted_for_it()
    {
        string path = Path.Combine(_directory.Path, "key.txt");
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 2, 6, 2, 0, 0, TimeSpan.FromHours(1)));
        AgeRecipient recipient = await AgeKeyFile.CreateAsync(path, clock, default);
        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.Equal(3, lines.Length);
        Assert.Equal("# created: 2026-02-06T01:00:00Z", lines[0]);
        Assert.Equal($"# public key: {recipient}", lines[1]);
        Assert.StartsWith("AGE-SECRET-KEY-1", lines[2], StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        byte[] file = await Keys.EncryptAsync(new byte[10], AgeRecipient.Parse(recipient.ToString()));
        using AgeIdentities identities = AgeIdentities.Read([path], [], passphrase: null, _warnings.Add);
        Assert.Equal(new byte[10], AgeFile.Decrypt(file, "f", identities));
        Assert.Empty(_warnings);
        Assert.NotEqual(recipient.ToString(), (await AgeKeyFile.CreateAsync(path + "2", clock, default)).ToString());
    }

    [Fact]
    public async Task A_key_is_never_written_over_anything()
    {
        string path = Write("precious");
        foreach (string taken in (string[])[path, _directory.Path, Path.Combine(_directory.Path, "no", "key.txt")])
        {
            BackupException refused = await Assert.ThrowsAsync<BackupException>(() => AgeKeyFile.CreateAsync(taken, TimeProvider.System, default));
            Assert.Equal(ErrorIds.IdentityFileNotWritten, refused.Id);
        }

        Assert.Equal("precious", await File.ReadAllTextAsync(path));
    }

    public void Dispose() => _directory.Dispose();

    private string Write(string content)
    {
        string path = Path.Combine(_directory.Path, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
