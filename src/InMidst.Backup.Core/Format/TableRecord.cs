namespace InMidst.Backup.Core.Format;

/// <summary>One table's data.</summary>
public sealed record TableRecord
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Table.</summary>
    public required string Name { get; init; }

    /// <summary>Columns in the order of the COPY text; generated ones are not in it.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of COPY text.</summary>
    public required long Bytes { get; init; }

    /// <summary>The <see cref="ContentChecksum"/>.</summary>
    public required string Checksum { get; init; }

    /// <summary>WHERE clause that chose the rows (extension configuration tables), or null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Schema of the partition root the rows are loaded through, where they cannot go straight into the leaf.</summary>
    public string? RootSchema { get; init; }

    /// <summary>Name of that partition root.</summary>
    public string? RootName { get; init; }

    /// <summary>
    /// True where the rows may be loaded only after those of all tables without this mark: they are checked by functions that may look
    /// at other tables. Absent elsewhere.
    /// </summary>
    public bool? LoadsLast { get; init; }
}
