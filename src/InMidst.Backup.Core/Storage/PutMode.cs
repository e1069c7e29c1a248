namespace InMidst.Backup.Core.Storage;

/// <summary>What <see cref="StorageUpload.CompleteAsync"/> does when the name is taken.</summary>
public enum PutMode
{
    /// <summary>Fails with <see cref="Errors.ErrorIds.ObjectExists"/>, atomically: of two writers exactly one succeeds.</summary>
    CreateNew,

    /// <summary>Replaces the object atomically: a reader sees the old or the new one, whole.</summary>
    Replace,
}
