using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Tests.Copy;

public sealed class CopyStatementTests
{
    private static readonly TableRecord Table = new()
    {
        Schema = "shop", Name = "Tëst", Columns = ["id", "a\"b"], Rows = 1, Bytes = 1, Checksum = new string('0', 32),
    };

    [Fact]
    public void A_table_is_read_and_written_in_the_same_columns()
    {
        string[] columns = ["id", "\"a b\""];
        Assert.Equal("COPY shop.t (id, \"a b\") TO STDOUT", CopyStatement.Out("shop.t", columns, filter: null));
        Assert.Equal("COPY shop.t (id, \"a b\") FROM stdin;\n", CopyStatement.In("shop.t", columns));
    }

    [Fact]
    public void A_filter_chooses_rows_of_the_table_itself()
    {
        Assert.Equal("COPY (SELECT id FROM ONLY shop.t WHERE id > 1) TO STDOUT", CopyStatement.Out("shop.t", ["id"], "WHERE id > 1"));
    }

    [Fact]
    public void A_table_without_columns_has_no_list()
    {
        Assert.Equal("COPY shop.t TO STDOUT", CopyStatement.Out("shop.t", [], filter: null));
        Assert.Equal("COPY shop.t FROM stdin;\n", CopyStatement.In("shop.t", []));
    }

    [Theory]
    [InlineData("COPY shop.t (id) FROM stdin;\n")]
    [InlineData("COPY shop.t (id) FROM stdin;")]
    [InlineData("COPY shop.t (id) FROM stdin")]
    public void Rows_are_frozen_by_an_option_at_the_end(string statement) =>
        Assert.Equal("COPY shop.t (id) FROM stdin WITH (FREEZE)", CopyStatement.Frozen(statement));

    [Fact]
    public void Names_of_the_index_become_the_databases_own_bytes()
    {
        Assert.Equal("COPY \"shop\".\"T\u00c3\u00abst\" (\"id\", \"a\"\"b\") TO STDOUT", CopyStatement.Again(Table, new DatabaseText("UTF8")));
        Assert.Equal("COPY \"shop\".\"T\u00ebst\" (\"id\", \"a\"\"b\") TO STDOUT", CopyStatement.Again(Table, new DatabaseText("LATIN1")));
        TableRecord foreign = Table with { Name = new DatabaseText("SQL_ASCII").Decode("T\u00ebst") };
        Assert.Equal("COPY \"shop\".\"T\u00ebst\" (\"id\", \"a\"\"b\") TO STDOUT", CopyStatement.Again(foreign, new DatabaseText("SQL_ASCII")));
    }

    [Fact]
    public void A_filter_is_applied_again_and_a_leaf_is_read_from_itself()
    {
        var text = new DatabaseText("UTF8");
        Assert.EndsWith("FROM ONLY \"shop\".\"T\u00c3\u00abst\" WHERE x = '\u00c3\u00ab') TO STDOUT",
            CopyStatement.Again(Table with { Filter = "WHERE x = 'ë'" }, text), StringComparison.Ordinal);
        Assert.Equal(CopyStatement.Again(Table, text),
            CopyStatement.Again(Table with { RootSchema = "shop", RootName = "root" }, text));
    }
}
