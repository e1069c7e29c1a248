namespace InMidst.Backup.Core.Format;

/// <summary>One materialised view.</summary>
public sealed record MaterializedViewRecord
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>View.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it held data in the source; its rows are computed again at a restore.</summary>
    public required bool IsPopulated { get; init; }
}
