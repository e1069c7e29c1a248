namespace InMidst.Backup.Postgres.Verify;

/// <summary>One table, or a partitioned tree that is loaded through its root, compared.</summary>
public sealed record TableComparison
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Table.</summary>
    public required string Name { get; init; }

    /// <summary>Rows in the source; null where nobody recorded them.</summary>
    public long? ExpectedRows { get; init; }

    /// <summary>Rows that were found; null when they could not be read.</summary>
    public long? ActualRows { get; init; }

    /// <summary>Whether rows, and the checksum where one is known, are equal.</summary>
    public required bool Match { get; init; }
}
