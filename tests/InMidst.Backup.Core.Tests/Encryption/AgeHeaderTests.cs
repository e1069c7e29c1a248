using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>What is no header, and what is one that must not be opened.</summary>
public sealed class AgeHeaderTests
{
    private const string Body = "U+hKlJ4isweJ9PKG7pgscmG3cPASLgTw7SOBpbZ8x2U";

    private static readonly byte[] FileKey = [.. Enumerable.Range(1, AgeHeader.FileKeyLength).Select(i => (byte)i)];

    // A header with an entry of each shape that is allowed; {0} is put where something is broken.
    private static readonly string Whole = $"""
        age-encryption.org/v1
        -> X25519 ajtqAvDEkVNr2B7zUOtq2mAQXDSBlNrVAuM/dKb5sT4
        {Body}
        -> any.thing!~ with arguments
        {new string('A', 64)}
        {new string('B', 64)}

        -> empty

        --- yp4Z0lV1LEdkm1+uDCuPUV+9hIXbPKrBXKQ/f5Y03As

        """.ReplaceLineEndings("\n");

    [Fact]
    public void Entries_are_read_as_they_are()
    {
        AgeHeader header = Read(Whole + "payload")!;
        Assert.Equal(Whole.Length, header.Length);
        Assert.Equal(["X25519", "any.thing!~", "empty"], header.Stanzas.Select(s => s.Kind));
        Assert.Equal(["any.thing!~", "with", "arguments"], header.Stanzas[1].Arguments);
        Assert.Equal([32, 96, 0], header.Stanzas.Select(s => s.Body.Length));
    }

    [Fact]
    public void Of_a_header_that_is_cut_more_is_asked_for()
    {
        for (int length = 0; length < Whole.Length; length++)
            Assert.Null(Read(Whole[..length]));
    }

    [Theory]
    [InlineData("\n", "\r\n")]
    [InlineData("v1\n", "v1 \n")]
    [InlineData("age-encryption.org/v1", "age-encryption.com/v1")]
    [InlineData("-> X25519", "->  X25519")]
    [InlineData("-> X25519", "->X25519")]
    [InlineData("-> X25519", "> X25519")]
    [InlineData("with arguments", "with  arguments")]
    [InlineData("with arguments", "with arguments ")]
    [InlineData("with arguments", "with\targuments")]
    [InlineData("with arguments", "with ärguments")]
    [InlineData("-> empty\n\n", "-> empty\n")]
    [InlineData("-> empty\n\n", "-> \n\n")]
    [InlineData("-> empty\n\n", "-> empty\n\n\n")]
    [InlineData("x2U\n", "x2U=\n")]
    [InlineData("x2U\n", "x2V\n")]
    [InlineData("x2U\n", "x 2U\n")]
    [InlineData("x2U\n", "x2\n")]
    [InlineData("x2U\n", "x2U\nAAAA\n")]
    [InlineData("B\n\n", "BBBB\n\n")]
    [InlineData("B\n\n", "B\n")]
    [InlineData("--- yp", "---  yp")]
    [InlineData("--- yp", "---yp")]
    [InlineData("--- yp", "---- yp")]
    [InlineData("03As\n", "03As=\n")]
    [InlineData("03As\n", "03At\n")]
    [InlineData("03As\n", "03A\n")]
    [InlineData("03As\n", "03As \n")]
    public void What_is_not_exactly_a_header_is_refused(string found, string put)
    {
        string text = Whole.Replace(found, put, StringComparison.Ordinal);
        Assert.NotEqual(Whole, text);
        Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => Read(text)).Id);
    }

    [Fact]
    public void A_header_without_entries_is_refused() => Assert.Equal(
        ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => Read("age-encryption.org/v1\n--- yp4Z0lV1LEdkm1+uDCuPUV+9hIXbPKrBXKQ/f5Y03As\n")).Id);

    [Fact]
    public void A_newer_version_is_said_to_be_one() => Assert.Equal(
        ErrorIds.EncryptionNotSupported, Assert.Throws<BackupException>(() => Read(Whole.Replace("/v1", "/v2", StringComparison.Ordinal))).Id);

    [Fact]
    public void A_header_has_an_end_somewhere()
    {
        byte[] endless = new byte[AgeFile.MaximumHeaderLength];
        Encoding.ASCII.GetBytes("age-encryption.org/v1\n-> a\n").CopyTo(endless, 0);
        Assert.Throws<BackupException>(() => AgeHeader.Read(endless, "f"));
        for (int i = 28; i < endless.Length; i++)
            endless[i] = (i - 28) % 65 == 64 ? (byte)'\n' : (byte)'A';
        Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => AgeHeader.Read(endless, "f")).Id);
    }

    [Fact]
    public void Entries_of_unknown_kinds_are_skipped()
    {
        using var fileKey = new SecretBytes(FileKey);
        AgeStanza unknown = new(["grease-9fQ", "!", "x"], [1, 2, 3]);
        AgeStanza longer = new(["ssh-ed25519", "abc"], new byte[200]);
        AgeStanza right = Keys.Recipient.Wrap(fileKey);
        byte[] header = AgeHeader.Make([unknown, Keys.Other.Wrap(fileKey), longer, right, unknown], fileKey);
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        Assert.Equal(FileKey, identities.Open(AgeHeader.Read(header, "f")!, "f").Span);
    }

    [Fact]
    public void Ten_thousand_may_read_a_file_and_no_more()
    {
        using var fileKey = new SecretBytes(FileKey);
        AgeStanza another = Keys.Other.Wrap(fileKey);
        byte[] header = AgeHeader.Make([.. Enumerable.Repeat(another, AgeRecipient.MaximumCount - 1), Keys.Recipient.Wrap(fileKey)], fileKey);
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        Assert.Equal(FileKey, identities.Open(AgeHeader.Read(header, "f")!, "f").Span);

        // Nobody could read a header that is longer than what is read of one.
        AgeRecipient[] many = [.. Enumerable.Repeat(Keys.Other, AgeRecipient.MaximumCount + 1)];
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => AgeRecipient.Check(many)).Id);
        AgeRecipient.Check(many[1..]);
    }

    [Fact]
    public void An_X25519_entry_that_nobody_made_is_damage()
    {
        AgeStanza good = Wrap();
        (string What, AgeStanza Stanza)[] bad =
        [
            ("no share", good with { Arguments = ["X25519"] }),
            ("an argument too many", good with { Arguments = [.. good.Arguments, "x"] }),
            ("a short share", good with { Arguments = ["X25519", AgeBase64.Encode(new byte[31])] }),
            ("a long share", good with { Arguments = ["X25519", AgeBase64.Encode(new byte[33])] }),
            ("a share that is not base64", good with { Arguments = ["X25519", good.Arguments[1] + "="] }),
            ("a point of low order", good with { Arguments = ["X25519", AgeBase64.Encode(new byte[32])] }),
            ("a short key", good with { Body = good.Body[..31] }),
            ("a long key", good with { Body = [.. good.Body, 0] }),
        ];
        foreach ((string what, AgeStanza stanza) in bad)
        {
            BackupException refused = Assert.Throws<BackupException>(() => Open([stanza]));
            Assert.True(refused.Id == ErrorIds.BackupCorrupt, what);

            // Before a good one as well.
            Assert.True(Assert.Throws<BackupException>(() => Open([stanza, good])).Id == ErrorIds.BackupCorrupt, what);
        }

        Open([good]);
    }

    [Fact]
    public void A_passphrase_entry_that_nobody_made_is_damage_and_one_that_costs_too_much_is_refused()
    {
        using var fileKey = new SecretBytes(FileKey);
        AgeStanza good = Keys.Passphrase("pass").Wrap(fileKey);
        string salt = good.Arguments[1];
        (AgeStanza Stanza, ErrorId Id)[] bad =
        [
            (good with { Arguments = ["scrypt", salt] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "4", "x"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", AgeBase64.Encode(new byte[15]), "4"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", AgeBase64.Encode(new byte[17]), "4"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "0"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "04"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "+4"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "-4"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "4.0"] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "0x4"] }, ErrorIds.BackupCorrupt),
            (good with { Body = good.Body[..31] }, ErrorIds.BackupCorrupt),
            (good with { Body = [.. good.Body, 0] }, ErrorIds.BackupCorrupt),
            (good with { Arguments = ["scrypt", salt, "23"] }, ErrorIds.EncryptionNotSupported),
            (good with { Arguments = ["scrypt", salt, "18446744073709551620"] }, ErrorIds.EncryptionNotSupported),
            (good with { Arguments = ["scrypt", salt, "5"] }, ErrorIds.EncryptionKeyWrong),
        ];
        foreach ((AgeStanza stanza, ErrorId id) in bad)
            Assert.Equal(id, Assert.Throws<BackupException>(() => Open([stanza])).Id);
        foreach (AgeStanza[] together in (AgeStanza[][])[[good, good], [good, Wrap()], [Wrap(), good]])
            Assert.Equal(ErrorIds.BackupCorrupt, Assert.Throws<BackupException>(() => Open(together)).Id);
        Open([good]);
    }

    [Fact]
    public void A_header_that_somebody_changed_is_not_opened()
    {
        using var fileKey = new SecretBytes(FileKey);
        byte[] header = AgeHeader.Make([Wrap()], fileKey);
        string text = Encoding.ASCII.GetString(header);

        // An entry taken away, added, or moved: all that is there is still right.
        string changed = text.Replace("\n---", "\n-> X25519-new\n\n---", StringComparison.Ordinal);
        using AgeIdentities identities = Keys.Identities(Keys.Secret);
        BackupException refused = Assert.Throws<BackupException>(() => identities.Open(Read(changed)!, "f"));
        Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
        Assert.Contains("changed", refused.Message, StringComparison.Ordinal);
        identities.Open(Read(text)!, "f");
    }

    private static AgeHeader? Read(string text) => AgeHeader.Read(Encoding.Latin1.GetBytes(text), "f");

    private static AgeStanza Wrap()
    {
        using var fileKey = new SecretBytes(FileKey);
        return Keys.Recipient.Wrap(fileKey);
    }

    private static void Open(AgeStanza[] stanzas)
    {
        using var fileKey = new SecretBytes(FileKey);
        byte[] header = AgeHeader.Make(stanzas, fileKey);
        using AgeIdentities identities = AgeIdentities.Read([], [Keys.Secure(Keys.Secret)], Keys.Secure("pass"));
        Assert.Equal(FileKey, identities.Open(AgeHeader.Read(header, "f")!, "f").Span);
    }
}
