using System.Security;
using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Commands;

/// <summary>Makes of the parameters -IdentityFile, -IdentityKey and -Passphrase what the engine opens backups with.</summary>
internal static class GivenIdentities
{
    /// <summary>Reads them; <see cref="AgeIdentities.None"/> when nothing is given.</summary>
    /// <param name="files">Absolute paths.</param>
    /// <param name="keys">Keys, or null.</param>
    /// <param name="passphrase">Passphrase, or null.</param>
    /// <param name="warn">Told of files that others can read.</param>
    public static AgeIdentities Read(IReadOnlyList<string> files, SecureString[]? keys, SecureString? passphrase, Action<string> warn) =>
        files.Count == 0 && keys is null && passphrase is null ? AgeIdentities.None : AgeIdentities.Read(files, keys ?? [], passphrase, warn);

    /// <summary>Overwrites them, unless they are <see cref="AgeIdentities.None"/>.</summary>
    public static void Forget(AgeIdentities identities)
    {
        if (identities != AgeIdentities.None)
            identities.Dispose();
    }
}
