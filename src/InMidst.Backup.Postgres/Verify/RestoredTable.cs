using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Tables of an index as tables of a database that was restored from it.</summary>
internal static class RestoredTable
{
    /// <summary>What reads a table again as its dump did: the same columns in their order, with the same filter.</summary>
    /// <param name="recorded">The table's record in the index.</param>
    /// <param name="text">Converts the index's names to byte strings.</param>
    /// <param name="found">The table as the restored database's catalogue has it; null where it does not list it: then it is read whole.</param>
    public static SourceTable Of(TableRecord recorded, DatabaseText text, SourceTable? found)
    {
        (string schema, string name) = NameOf(recorded, text);
        string[] columns = [.. recorded.Columns.Select(text.Encode)];
        return new SourceTable
        {
            Oid = found?.Oid ?? 0,
            Schema = schema,
            Name = name,
            Qualified = Sql.Name(schema, name),
            Filter = recorded.Filter is null ? null : text.Encode(recorded.Filter),
            SizeOnDisk = found?.SizeOnDisk ?? recorded.Bytes,
            Pages = found?.Pages ?? 0,
            Columns = columns,
            QuotedColumns = [.. columns.Select(Sql.Identifier)],
        };
    }

    /// <summary>Every table of an index, in its order.</summary>
    /// <param name="recorded">The records.</param>
    /// <param name="text">Converts the index's names to byte strings.</param>
    /// <param name="found">What the restored database's catalogue lists.</param>
    public static List<SourceTable> All(IReadOnlyList<TableRecord> recorded, DatabaseText text, IReadOnlyList<SourceTable> found)
    {
        Dictionary<(string, string), SourceTable> byName = found.ToDictionary(t => (t.Schema, t.Name));
        return [.. recorded.Select(t => Of(t, text, byName.GetValueOrDefault(NameOf(t, text))))];
    }

    private static (string Schema, string Name) NameOf(TableRecord table, DatabaseText text) => (text.Encode(table.Schema), text.Encode(table.Name));
}
