namespace InMidst.Backup;

/// <summary>What is found in a repository beside whole backups.</summary>
public enum MidstRepairKind
{
    /// <summary>An upload that was begun, and neither completed nor abandoned.</summary>
    UnfinishedUpload,

    /// <summary>The lock of a run that died.</summary>
    StaleLock,

    /// <summary>A whole dump whose manifest is missing, cannot be read, or is another's.</summary>
    LostManifest,

    /// <summary>A dump of this module that is incomplete and has no manifest: what a dead run left, or a removal that did not come to its end.</summary>
    DataWithoutManifest,

    /// <summary>A manifest whose dump is gone.</summary>
    ManifestWithoutData,

    /// <summary>A dump that is not, or not wholly, what its manifest describes.</summary>
    DamagedBackup,

    /// <summary>An encrypted dump without a manifest, which cannot be looked into without its key.</summary>
    EncryptedWithoutManifest,

    /// <summary>Files that belong to a dump that is gone: roles, proofs, further parts; or the record of a removal that never began.</summary>
    OrphanSidecar,
}
