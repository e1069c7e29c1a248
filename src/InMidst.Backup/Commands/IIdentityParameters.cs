using System.Security;

namespace InMidst.Backup.Commands;

/// <summary>What opens encrypted backups: the same parameters on each command that reads them.</summary>
internal interface IIdentityParameters
{
    /// <summary>Files with the secret keys that open encrypted backups, as New-MidstKey and age-keygen write them. Keys of other kinds (plugins) are left out with a warning.</summary>
    string[]? IdentityFile { get; }

    /// <summary>Secret keys that open encrypted backups, for those who keep them elsewhere than in files.</summary>
    SecureString[]? IdentityKey { get; }

    /// <summary>The passphrase that opens encrypted backups.</summary>
    SecureString? Passphrase { get; }
}
