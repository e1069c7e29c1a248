using System.Globalization;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Copy;

/// <summary>The COPY statements of a table, at backup and at comparison.</summary>
internal static class CopyStatement
{
    /// <summary>Reads a table's own rows (never those of inheritance children).</summary>
    /// <param name="qualified">Quoted, qualified name.</param>
    /// <param name="columns">Quoted column names in the order wanted.</param>
    /// <param name="filter">A WHERE clause with the word, or null.</param>
    public static string Out(string qualified, IReadOnlyList<string> columns, string? filter) =>
        filter is null
            ? $"COPY {qualified}{List(columns)} TO STDOUT"
            : $"COPY (SELECT {string.Join(", ", columns)} FROM ONLY {qualified} {filter}) TO STDOUT";

    /// <summary>Reads a table's own rows that lie in some of its pages; in their order, whatever else reads the table.</summary>
    /// <param name="qualified">Quoted, qualified name.</param>
    /// <param name="columns">Quoted column names in the order wanted.</param>
    /// <param name="range">What <see cref="PageRange"/> made.</param>
    public static string OutPages(string qualified, IReadOnlyList<string> columns, string range) =>
        $"COPY (SELECT {string.Join(", ", columns)} FROM ONLY {qualified} {range}) TO STDOUT";

    /// <summary>The WHERE clause that chooses the rows of some pages.</summary>
    /// <param name="first">The first page.</param>
    /// <param name="end">The page after the last.</param>
    public static string PageRange(long first, long end) =>
        string.Create(CultureInfo.InvariantCulture, $"WHERE ctid >= '({first},0)' AND ctid < '({end},0)'");

    /// <summary>The line that begins a table's block in a dump.</summary>
    public static string In(string qualified, IReadOnlyList<string> columns) => $"COPY {qualified}{List(columns)} FROM stdin;\n";

    /// <summary>Loads rows into a table that its dump loads through another one.</summary>
    /// <param name="table">The table's record in the index.</param>
    /// <param name="text">Converts the index's names to byte strings.</param>
    public static string In(TableRecord table, DatabaseText text) =>
        $"COPY {Sql.Name(text.Encode(table.Schema), text.Encode(table.Name))}{List([.. table.Columns.Select(c => Sql.Identifier(text.Encode(c)))])} FROM stdin";

    /// <summary>A statement that loads rows, so that they are frozen: nothing has to be written again when they are read or vacuumed.</summary>
    /// <param name="statement">What <see cref="In(string, IReadOnlyList{string})"/> or its like gave, with or without the semicolon.</param>
    public static string Frozen(string statement) => statement.TrimEnd(';', '\n') + " WITH (FREEZE)";

    // Without a list a table without columns, or with generated ones only, copies as many empty lines as it has rows.
    private static string List(IReadOnlyList<string> columns) => columns.Count == 0 ? "" : $" ({string.Join(", ", columns)})";
}
