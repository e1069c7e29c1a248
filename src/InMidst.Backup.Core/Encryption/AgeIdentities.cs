using System.Globalization;
using System.Security;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>What can open encrypted backups: secret keys and passphrases. Disposing overwrites them. May be used by several threads.</summary>
public sealed class AgeIdentities : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<AgeSecretKey> _keys = [];

    // A file is opened several times in one restore, and a passphrase costs a second each time.
    private readonly Dictionary<string, SecretBytes> _fileKeys = new(StringComparer.Ordinal);
    private SecretBytes? _passphrase;

    private AgeIdentities()
    {
    }

    /// <summary>Nothing; plain backups are read with it.</summary>
    public static AgeIdentities None { get; } = new();

    /// <summary>How many keys and passphrases there are.</summary>
    public int Count => _keys.Count + (_passphrase is null ? 0 : 1);

    /// <summary>Reads what a user gave.</summary>
    /// <param name="identityFiles">Paths of files as age-keygen writes them: comments, and a secret key on each other line.</param>
    /// <param name="keys">Secret keys themselves, in the same form; not owned.</param>
    /// <param name="passphrase">A passphrase; null for none. Not owned.</param>
    /// <param name="warn">Told of identity files that other users of the machine can read, and of keys that cannot be used; null to say nothing.</param>
    /// <exception cref="BackupException">IdentityFileInvalid; InvalidArgument for a key or passphrase that is none.</exception>
    public static AgeIdentities Read(
        IReadOnlyList<string> identityFiles, IReadOnlyList<SecureString> keys, SecureString? passphrase, Action<string>? warn = null)
    {
        var identities = new AgeIdentities();
        try
        {
            foreach (string path in identityFiles)
                identities._keys.AddRange(AgeKeyFile.Read(path, warn));
            foreach (SecureString key in keys)
            {
                using SecretBytes text = SecretBytes.FromText(key);
                identities._keys.AddRange(AgeSecretKey.ReadAll(text.Span, source: null, warn));
            }

            if (passphrase is not null)
                identities._passphrase = passphrase.Length > 0 ? SecretBytes.FromText(passphrase) : throw new BackupException(ErrorIds.InvalidArgument, "The passphrase is empty.");
            return identities;
        }
        catch
        {
            identities.Dispose();
            throw;
        }
    }

    /// <summary>Whether a failure says that what was given does not open a file, which is no fault of the file.</summary>
    public static bool AreLacking(BackupException failure) =>
        failure.Id == ErrorIds.EncryptionKeyMissing || failure.Id == ErrorIds.EncryptionKeyWrong || failure.Id == ErrorIds.EncryptionNotSupported;

    /// <summary>Whether the secret key of one of these recipients is among them. Of a passphrase nobody can tell.</summary>
    /// <param name="recipients">As a manifest names them.</param>
    internal bool Hold(IReadOnlyList<string> recipients)
    {
        lock (_lock)
            return _keys.Any(key => recipients.Contains(AgeRecipient.FromPublicKey(key.PublicKey).ToString(), StringComparer.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _keys.ForEach(k => k.Dispose());
            _keys.Clear();
            _passphrase?.Dispose();
            _passphrase = null;
            foreach (SecretBytes key in _fileKeys.Values)
                key.Dispose();
            _fileKeys.Clear();
        }
    }

    /// <summary>The key of a file whose header nobody changed.</summary>
    /// <param name="header">The header.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <returns>Owned by this object.</returns>
    /// <exception cref="BackupException">EncryptionKeyMissing, EncryptionKeyWrong, EncryptionNotSupported; BackupCorrupt.</exception>
    internal SecretBytes Open(AgeHeader header, string name)
    {
        string fingerprint = header.Fingerprint;
        lock (_lock)
        {
            if (_fileKeys.TryGetValue(fingerprint, out SecretBytes? known))
                return known;
            bool isPassphrase = header.Stanzas.Any(s => s.Kind == AgeScrypt.Kind);
            SecretBytes fileKey = isPassphrase ? OpenByPassphrase(header, name) : OpenByKey(header, name);
            if (!header.IsAuthentic(fileKey))
            {
                fileKey.Dispose();
                throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is damaged: its encryption header was changed.", target: name);
            }

            _fileKeys.Add(fingerprint, fileKey);
            return fileKey;
        }
    }

    private SecretBytes OpenByPassphrase(AgeHeader header, string name)
    {
        if (header.Stanzas.Count > 1)
            throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is damaged: its encryption header has a passphrase beside other entries.", target: name);
        if (_passphrase is null)
            throw new BackupException(ErrorIds.EncryptionKeyMissing, $"{name} is encrypted with a passphrase.", guidance: "Give it with -Passphrase.", target: name);
        return AgeScrypt.Unwrap(header.Stanzas[0], _passphrase, name)
            ?? throw new BackupException(ErrorIds.EncryptionKeyWrong, $"{name} is encrypted with another passphrase.", guidance: "Check the passphrase: case and spaces count.", target: name);
    }

    private SecretBytes OpenByKey(AgeHeader header, string name)
    {
        AgeStanza[] stanzas = [.. header.Stanzas.Where(s => s.Kind == AgeX25519.Kind)];
        if (stanzas.Length == 0)
        {
            throw new BackupException(ErrorIds.EncryptionNotSupported,
                $"{name} is encrypted for keys of a kind that is not supported: {string.Join(", ", header.Stanzas.Select(s => s.Kind).Distinct())}.", target: name);
        }

        if (_keys.Count == 0)
        {
            throw new BackupException(ErrorIds.EncryptionKeyMissing, $"{name} is encrypted; a secret key is needed to read it.",
                guidance: "Name the identity file with -IdentityFile, or give the key with -IdentityKey.", target: name);
        }

        foreach (AgeStanza stanza in stanzas)
        {
            foreach (AgeSecretKey key in _keys)
            {
                if (AgeX25519.Unwrap(stanza, key.Secret, key.PublicKey, name) is { } fileKey)
                    return fileKey;
            }
        }

        throw new BackupException(ErrorIds.EncryptionKeyWrong, $"{name} is encrypted for other keys than {Describe()}.", target: name);
    }

    private string Describe() => _keys.Count == 1
        ? "the one that was given"
        : string.Create(CultureInfo.InvariantCulture, $"the {_keys.Count} that were given");
}
