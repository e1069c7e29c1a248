namespace InMidst.Backup.Core.Repositories;

/// <summary>What <see cref="RepositoryRepair"/> can do about a finding.</summary>
public enum RepairAction
{
    /// <summary>Nothing: people have to look at it.</summary>
    None,

    /// <summary>The objects are removed.</summary>
    Remove,

    /// <summary>The manifest is made anew from the dump, which is read through for it.</summary>
    RebuildManifest,
}
