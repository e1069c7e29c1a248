namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// Directories may lie on another machine (NFS, SMB), whose network fails for moments: then it is tried again, for half a minute. That is
/// short, for a disk that really cannot be read fails with the same word.
/// </summary>
public static class DirectoryRetries
{
    /// <summary>The directory, which is tried again where its network failed.</summary>
    /// <param name="directory">The storage.</param>
    /// <param name="clock">Measures and waits.</param>
    /// <param name="notify">Told of a failure after which it is tried again; null for nobody.</param>
    public static IStorage Around(IStorage directory, TimeProvider clock, Action<string>? notify) =>
        new RetryingStorage(directory, new RetryPolicy { TotalTime = TimeSpan.FromSeconds(30), LongestDelay = TimeSpan.FromSeconds(5) }, clock, notify)
        {
            MayPass = static failure => failure.InnerException is IOException cause && DiskErrors.IsOfNetwork(cause),
        };
}
