namespace InMidst.Backup;

/// <summary>One table of a tested backup.</summary>
public sealed class MidstTableTest
{
    /// <summary>Schema.</summary>
    public string Schema { get; init; } = "";

    /// <summary>Table.</summary>
    public string Table { get; init; } = "";

    /// <summary>Rows in the source; null where nobody recorded them.</summary>
    public long? ExpectedRows { get; init; }

    /// <summary>Rows that were found; null when they could not be read.</summary>
    public long? ActualRows { get; init; }

    /// <summary>Whether the rows, and their checksum where one is known, are equal.</summary>
    public bool Match { get; init; }

    /// <summary>The table's qualified name.</summary>
    public override string ToString() => Schema + "." + Table;
}
