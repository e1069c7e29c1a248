using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Repositories;

/// <summary>What makes two stored backups copies of one.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The dump's file name, where nothing else is known of it.</param>
/// <param name="Length">Bytes of the dump.</param>
/// <param name="Index">Where its index lies, with the index's SHA-256.</param>
/// <param name="Sha256">Of the dump as it is stored, however it is divided.</param>
internal sealed record BackupIdentity(string Id, string? Name, long Length, IndexLocation? Index, string? Sha256)
{
    /// <summary>
    /// The identity of a backup. Dumps of other tools are taken for the same by id, file name and length: more is not known before they
    /// are read.
    /// </summary>
    public static BackupIdentity Of(BackupRecord backup)
    {
        if (backup.Manifest is not { } manifest)
            return new BackupIdentity(backup.Id, backup.Data.Name[(backup.Data.Name.LastIndexOf('/') + 1)..], backup.Length, null, null);
        return new BackupIdentity(backup.Id, null, backup.Length, manifest.Index, manifest.DataSha256);
    }
}
