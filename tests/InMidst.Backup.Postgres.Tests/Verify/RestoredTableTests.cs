using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Postgres.Tests.Verify;

public sealed class RestoredTableTests
{
    private static readonly TableRecord Table = new()
    {
        Schema = "shop", Name = "Tëst", Columns = ["id", "a\"b"], Rows = 1, Bytes = 7, Checksum = new string('0', 32),
    };

    [Fact]
    public void Names_of_the_index_become_the_databases_own_bytes()
    {
        Assert.Equal("COPY \"shop\".\"T\u00c3\u00abst\" (\"id\", \"a\"\"b\") TO STDOUT", Command(Table, "UTF8"));
        Assert.Equal("COPY \"shop\".\"T\u00ebst\" (\"id\", \"a\"\"b\") TO STDOUT", Command(Table, "LATIN1"));
        TableRecord foreign = Table with { Name = new DatabaseText("SQL_ASCII").Decode("T\u00ebst") };
        Assert.Equal("COPY \"shop\".\"T\u00ebst\" (\"id\", \"a\"\"b\") TO STDOUT", Command(foreign, "SQL_ASCII"));
    }

    [Fact]
    public void A_filter_is_applied_again_and_a_leaf_is_read_from_itself()
    {
        Assert.EndsWith("FROM ONLY \"shop\".\"T\u00c3\u00abst\" WHERE x = '\u00c3\u00ab') TO STDOUT",
            Command(Table with { Filter = "WHERE x = 'ë'" }, "UTF8"), StringComparison.Ordinal);
        Assert.Equal(Command(Table, "UTF8"), Command(Table with { RootSchema = "shop", RootName = "root" }, "UTF8"));
    }

    [Fact]
    public void Pages_are_those_of_the_restored_table_and_what_the_catalogue_does_not_list_is_read_whole()
    {
        var text = new DatabaseText("LATIN1");
        var there = new SourceTable { Oid = 5, Schema = "shop", Name = "T\u00ebst", Qualified = "shop.t", SizeOnDisk = 81920, Pages = 10 };
        List<SourceTable> tables = RestoredTable.All([Table with { Schema = "gone" }, Table], text, [there]);
        Assert.Equal([(7, 0), (81920, 10)], tables.Select(t => (t.SizeOnDisk, t.Pages)));

        string[] commands = [.. SlicePlan.Make(tables, workers: 2, sliceLength: 40960).Select(s => s.Command)];
        Assert.Equal(3, commands.Length);
        Assert.StartsWith("COPY (SELECT \"id\", \"a\"\"b\" FROM ONLY \"shop\".\"T\u00ebst\" WHERE ctid >= '(0,0)' AND ctid < '(5,0)')", commands[0], StringComparison.Ordinal);
        Assert.StartsWith("COPY \"gone\".", commands[2], StringComparison.Ordinal);
    }

    private static string Command(TableRecord table, string encoding)
    {
        SourceTable restored = RestoredTable.Of(table, new DatabaseText(encoding), found: null);
        return Assert.Single(SlicePlan.Make([restored], workers: 4, sliceLength: 1)).Command;
    }
}
