using System.Text;
using InMidst.Backup.Postgres.Copy;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>What one COPY reads: a table, or the rows in some of its pages.</summary>
/// <param name="Table">The table.</param>
/// <param name="Position">Its position in the index.</param>
/// <param name="Size">Bytes on disk, an estimate.</param>
internal sealed record DataSlice(SourceTable Table, int Position, long Size)
{
    /// <summary>The first page and the one after the last; null for the whole table.</summary>
    public (long First, long End)? Pages { get; init; }

    /// <summary>Whether it is the table's first or only one, which writes a block even when it has no rows.</summary>
    public bool IsFirst => Pages is null or { First: 0 };

    /// <summary>Whether a query reads it, which locks the indexes as well.</summary>
    public bool IsQuery => Pages is not null || Table.Filter is not null;

    /// <summary>The WHERE clause that chooses its rows, or nothing.</summary>
    public string Condition => Pages is { } pages ? CopyStatement.PageRange(pages.First, pages.End) : Table.Filter ?? "";

    /// <summary>The statement that reads it.</summary>
    public string Command => Pages is null
        ? CopyStatement.Out(Table.Qualified, Table.QuotedColumns, Table.Filter)
        : CopyStatement.OutPages(Table.Qualified, Table.QuotedColumns, Condition);

    /// <summary>The line that begins each of its blocks.</summary>
    public byte[] Header() => Encoding.Latin1.GetBytes(CopyStatement.In(Table.Root?.Qualified ?? Table.Qualified, Table.QuotedColumns));
}
