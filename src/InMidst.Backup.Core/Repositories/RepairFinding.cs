using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>Something in a repository that is no backup, or not as it should be.</summary>
public sealed record RepairFinding
{
    /// <summary>What it is.</summary>
    public required RepairKind Kind { get; init; }

    /// <summary>The object's name; of a dump that of its first object.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of all its objects; null where the storage does not tell.</summary>
    public long? Length { get; init; }

    /// <summary>When it was last written, by the storage's clock.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What it is, in words for the user.</summary>
    public required string Description { get; init; }

    /// <summary>What can be done about it.</summary>
    public RepairAction Action { get; init; }

    /// <summary>Whether <see cref="RepositoryRepair.RepairAsync"/> can do something about it.</summary>
    public bool CanRepair => Action != RepairAction.None;

    /// <summary>Whether the object alone is removed, and the dump that it is about stays.</summary>
    internal bool IsAlone { get; init; }

    /// <summary>The upload, of an unfinished one.</summary>
    internal UnfinishedUpload? Upload { get; init; }
}
