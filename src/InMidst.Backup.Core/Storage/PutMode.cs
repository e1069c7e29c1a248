namespace InMidst.Backup.Core.Storage;

/// <summary>What <see cref="StorageUpload.CompleteAsync"/> does when the name is taken.</summary>
public enum PutMode
{
    /// <summary>Fails with <see cref="Errors.ErrorIds.ObjectExists"/>, atomically: of two writers exactly one succeeds.</summary>
    CreateNew,

    /// <summary>Replaces the object atomically: a reader sees the old or the new one, whole.</summary>
    Replace,

    /// <summary>
    /// As <see cref="CreateNew"/>. Where <see cref="StorageProperties.ResumesUploads"/> holds, what earlier uploads left of this name is
    /// taken over as far as it is what is written now, and not sent again; the rest is removed. It is written from its first byte all the
    /// same. The caller holds the lock that all writers of the name hold.
    /// </summary>
    Resume,
}
