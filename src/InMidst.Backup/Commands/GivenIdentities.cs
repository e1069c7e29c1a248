using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Commands;

/// <summary>Makes of the parameters -IdentityFile, -IdentityKey and -Passphrase what the engine opens backups with.</summary>
internal static class GivenIdentities
{
    /// <summary>Reads them; <see cref="AgeIdentities.None"/> when nothing is given.</summary>
    /// <param name="parameters">The command's.</param>
    /// <param name="resolve">Makes a path absolute.</param>
    /// <param name="warn">Told of files that others can read, and of keys in them that cannot be used.</param>
    public static async Task<AgeIdentities> ReadAsync(this IIdentityParameters parameters, Func<string, Task<string>> resolve, Action<string> warn)
    {
        if (parameters is { IdentityFile: null, IdentityKey: null, Passphrase: null })
            return AgeIdentities.None;
        var files = new List<string>();
        foreach (string file in parameters.IdentityFile ?? [])
            files.Add(await resolve(file).ConfigureAwait(false));
        return AgeIdentities.Read(files, parameters.IdentityKey ?? [], parameters.Passphrase, warn);
    }

    /// <summary>Overwrites them, unless they are <see cref="AgeIdentities.None"/>.</summary>
    public static void Forget(AgeIdentities identities)
    {
        if (identities != AgeIdentities.None)
            identities.Dispose();
    }
}
