namespace InMidst.Backup;

/// <summary>A key for encrypted backups: where its secret half lies, and its public half.</summary>
public sealed class MidstKey
{
    /// <summary>The identity file, with the secret key.</summary>
    public string Path { get; init; } = "";

    /// <summary>The public key (age1…), for whom a backup is encrypted.</summary>
    public string Recipient { get; init; } = "";

    /// <summary>The public key.</summary>
    public override string ToString() => Recipient;
}
