using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>What becomes of an upload to the target that did not come to its end.</summary>
internal static class UploadEnding
{
    /// <summary>
    /// Whether the next attempt can go on from what was sent. Who stops a copy wants it gone; in a full storage it would take the room of
    /// everybody's backups; and what the storage will never take is of no use.
    /// </summary>
    public static bool IsWorthKeeping(Exception failure) =>
        failure is not OperationCanceledException
        && !(failure is StorageException e && (e.Id == ErrorIds.ObjectExists || e.Id == ErrorIds.RepositoryFull || e.Id == ErrorIds.InvalidArgument));

    /// <summary>Tells the user what is left.</summary>
    /// <param name="id">The backup.</param>
    /// <param name="target">Where to.</param>
    /// <param name="left">Bytes that need not be sent again.</param>
    public static string Describe(string id, IStorage target, long left) => string.Create(
        CultureInfo.InvariantCulture,
        $"{left:N0} bytes of {id} are in {target.Properties.Location} already: the same command goes on from there. If it is not to be copied any more, Repair-MidstRepository removes them (after a day, or as -MinimumAge says).");
}
