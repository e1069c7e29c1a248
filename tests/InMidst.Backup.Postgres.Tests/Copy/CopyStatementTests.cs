using InMidst.Backup.Postgres.Copy;

namespace InMidst.Backup.Postgres.Tests.Copy;

public sealed class CopyStatementTests
{
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
}
