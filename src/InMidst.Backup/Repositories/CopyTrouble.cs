using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Repositories;

/// <summary>Tells what is wrong with one copy of a backup from what would fail with every other as well.</summary>
internal static class CopyTrouble
{
    /// <summary>Whether another copy may do: this one is damaged, gone or out of reach.</summary>
    public static bool Concerns(BackupException failure) =>
        failure is StorageException
        || failure.Id == ErrorIds.BackupCorrupt
        || failure.Id == ErrorIds.ManifestCorrupt
        // A passphrase that is right opens no file whose header was damaged, and the file does not tell which of the two it is.
        || failure.Id == ErrorIds.EncryptionKeyWrong
        || failure.Id == ErrorIds.BackupNotFound;
}
