namespace InMidst.Backup.Core.Format;

/// <summary>Sums over a dump.</summary>
public sealed record TotalsRecord
{
    /// <summary>Tables with data in the dump, empty ones included.</summary>
    public required int Tables { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of COPY text.</summary>
    public required long DataBytes { get; init; }

    /// <summary>Sequences.</summary>
    public required int Sequences { get; init; }

    /// <summary>Large objects.</summary>
    public required long LargeObjects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long LargeObjectBytes { get; init; }

    /// <summary>A sum like <see cref="ContentChecksum"/> over "oid:content" of every large object.</summary>
    public required string LargeObjectChecksum { get; init; }

    /// <summary>Tables whose data was left out because the server is a standby and they are unlogged.</summary>
    public int SkippedUnloggedTables { get; init; }
}
