using System.Security;
using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Core.Tests.Encryption;

/// <summary>Keys that age-keygen made, and what is done with them in every test.</summary>
internal static class Keys
{
    public const string Public = "age1k4cslm3qyd6pjmv8r4wke6en7j4vzcg4w3rjt34ff404jwwkap5qyejl04";

    public const string Secret = "AGE-SECRET-KEY-168A86VFNFGZ3DG6722HF5WEVWMATGC2HNWCPK84WP3LT7SQH6XWSW67NX8";

    public const string OtherPublic = "age1ejgdycjg3rew8v0t8ax9nfwq0adhrxz56t5yrfk207hfqshues9slfcx55";

    public const string OtherSecret = "AGE-SECRET-KEY-1XP4GMDUDQ8PRFVF3N0YYVAUEHSXEJ33F0XM5D4ATWLAF6SJYAT9Q6NDA7A";

    // Little work; age takes 18.
    private const int WorkFactor = 4;

    public static AgeRecipient Recipient { get; } = AgeRecipient.Parse(Public);

    public static AgeRecipient Other { get; } = AgeRecipient.Parse(OtherPublic);

    public static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char c in text)
            secure.AppendChar(c);
        return secure;
    }

    public static AgeRecipient Passphrase(string text, int workFactor = WorkFactor) => AgeRecipient.FromPassphrase(Secure(text), workFactor);

    public static AgeIdentities Identities(params string[] secrets) => AgeIdentities.Read([], [.. secrets.Select(Secure)], passphrase: null);

    public static AgeIdentities WithPassphrase(string text) => AgeIdentities.Read([], [], Secure(text));

    public static async Task<byte[]> EncryptAsync(ReadOnlyMemory<byte> content, params AgeRecipient[] recipients)
    {
        using var file = new MemoryStream();
        using var stream = new AgeWriteStream(file, recipients);
        await stream.WriteAsync(content);
        await stream.CompleteAsync(default);
        return file.ToArray();
    }

    public static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
