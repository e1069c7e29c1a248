using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Tests.Encryption;

public sealed class AgeRecipientTests
{
    [Fact]
    public void A_public_key_is_read_and_shown_again()
    {
        AgeRecipient recipient = AgeRecipient.Parse($" {Keys.Public}\n");
        Assert.Equal(Keys.Public, recipient.ToString());
        Assert.False(recipient.IsPassphrase);
    }

    [Fact]
    public void Every_mistyped_letter_is_noticed()
    {
        for (int i = 0; i < Keys.Public.Length; i++)
        {
            char wrong = Keys.Public[i] == 'q' ? 'p' : 'q';
            string text = string.Concat(Keys.Public.AsSpan(0, i), wrong.ToString(), Keys.Public.AsSpan(i + 1));
            Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => AgeRecipient.Parse(text)).Id);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("age1")]
    [InlineData("alice@example.com")]
    [InlineData(Keys.Public + "q")]
    [InlineData("AGE1K4CSLM3QYD6PJMV8R4WKE6EN7J4VZCG4W3RJT34FF404JWWKAP5QYEJL04")]
    public void What_is_no_key_is_refused(string text) =>
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => AgeRecipient.Parse(text)).Id);

    [Theory]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHnotakey")]
    [InlineData("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t")]
    public void Keys_of_other_kinds_are_said_to_be_not_supported(string text) =>
        Assert.Equal(ErrorIds.EncryptionNotSupported, Assert.Throws<BackupException>(() => AgeRecipient.Parse(text)).Id);

    [Fact]
    public void A_secret_key_given_by_mistake_is_not_repeated()
    {
        foreach (string text in (string[])[Keys.Secret, Keys.Secret.ToLowerInvariant(), Keys.Secret[..^1]])
        {
            BackupException refused = Assert.Throws<BackupException>(() => AgeRecipient.Parse(text));
            Assert.Equal(ErrorIds.InvalidArgument, refused.Id);
            Assert.DoesNotContain(text[20..40], refused.ToString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_point_of_low_order_for_which_everybody_has_the_key_is_refused(byte point)
    {
        byte[] key = new byte[AgeX25519.KeyLength];
        key[0] = point;
        byte[] text = new byte[Bech32.EncodedLength(3, key.Length)];
        Bech32.Encode("age"u8, key, text);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => AgeRecipient.Parse(Encoding.ASCII.GetString(text))).Id);
    }

    [Fact]
    public void A_passphrase_shows_only_that_it_is_one_and_is_alone()
    {
        AgeRecipient passphrase = Keys.Passphrase("geheim");
        Assert.True(passphrase.IsPassphrase);
        Assert.Equal("passphrase", passphrase.ToString());
        AgeRecipient.Check([passphrase]);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => AgeRecipient.Check([passphrase, Keys.Recipient])).Id);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => new AgeWriteStream(Stream.Null, [passphrase, passphrase])).Id);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<BackupException>(() => AgeRecipient.FromPassphrase(Keys.Secure(""))).Id);
    }

    [Fact]
    public async Task A_recipient_named_twice_has_one_entry()
    {
        byte[] file = await Keys.EncryptAsync(new byte[1], Keys.Recipient, AgeRecipient.Parse(Keys.Public), Keys.Other);
        Assert.Equal(2, AgeHeader.Read(file, "f")!.Stanzas.Count);
    }
}
