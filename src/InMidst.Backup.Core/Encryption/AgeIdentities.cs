namespace InMidst.Backup.Core.Encryption;

/// <summary>What can open encrypted backups: secret keys and passphrases. Disposing overwrites them.</summary>
public sealed class AgeIdentities : IDisposable
{
    /// <summary>Nothing; plain backups are read with it.</summary>
    public static AgeIdentities None { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
