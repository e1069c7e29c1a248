using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Gives what a decompressor finds wrong the product's own words.</summary>
internal static class ReadingDump
{
    /// <summary>Runs something that reads a dump; damage of its compression becomes <see cref="ErrorIds.BackupCorrupt"/>.</summary>
    /// <param name="name">The dump's name.</param>
    /// <param name="read">What reads it.</param>
    public static async Task GuardAsync(string name, Func<Task> read)
    {
        try
        {
            await read().ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is damaged or cut off: {e.Message}", e, target: name);
        }
    }
}
