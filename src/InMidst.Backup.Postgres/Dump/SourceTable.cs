using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>One table whose rows are dumped. Names and filter are byte strings.</summary>
internal sealed record SourceTable
{
    public required uint Oid { get; init; }

    public required string Schema { get; init; }

    public required string Name { get; init; }

    /// <summary>Schema and name, quoted where PostgreSQL would.</summary>
    public required string Qualified { get; init; }

    /// <summary>WHERE clause with the word, for extension configuration tables.</summary>
    public string? Filter { get; init; }

    /// <summary>Main, TOAST and free-space bytes on disk.</summary>
    public required long SizeOnDisk { get; init; }

    /// <summary>
    /// Pages of the main fork, which hold all rows the snapshot sees. 0 where a row's place (ctid) is not a page and a number, or the
    /// server cannot read a range of pages (before 14).
    /// </summary>
    public long Pages { get; init; }

    /// <summary>The topmost partitioned table, for leaves whose rows cannot be loaded into them directly.</summary>
    public (uint Oid, string Schema, string Name, string Qualified)? Root { get; init; }

    /// <summary>Whether the file that holds the rows now is not the one the snapshot knows: rewritten or truncated since.</summary>
    public bool IsRewritten { get; init; }

    /// <summary>Column names of the COPY text in order.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The same, quoted where PostgreSQL would.</summary>
    public IReadOnlyList<string> QuotedColumns { get; init; } = [];

    /// <summary>The table's record in the index.</summary>
    /// <param name="text">Decodes the names.</param>
    /// <param name="rows">All its rows.</param>
    public TableRecord ToRecord(DatabaseText text, ContentChecksum rows) => new()
    {
        Schema = text.Decode(Schema),
        Name = text.Decode(Name),
        Columns = [.. Columns.Select(text.Decode)],
        Rows = rows.Rows,
        Bytes = rows.Bytes,
        Checksum = rows.Sum,
        Filter = Filter is null ? null : text.Decode(Filter),
        RootSchema = Root is null ? null : text.Decode(Root.Value.Schema),
        RootName = Root is null ? null : text.Decode(Root.Value.Name),
    };
}
