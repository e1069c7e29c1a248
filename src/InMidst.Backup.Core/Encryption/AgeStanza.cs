namespace InMidst.Backup.Core.Encryption;

/// <summary>One lock on the file key: who can open it, and the wrapped key.</summary>
/// <param name="Arguments">The words of its first line; the first is the kind.</param>
/// <param name="Body">The wrapped key.</param>
internal sealed record AgeStanza(IReadOnlyList<string> Arguments, byte[] Body)
{
    /// <summary>What kind of key opens it: "X25519", "scrypt", or one that we do not know.</summary>
    public string Kind => Arguments[0];
}
