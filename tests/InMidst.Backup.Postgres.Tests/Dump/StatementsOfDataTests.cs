using System.Text;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Dump;

public sealed class StatementsOfDataTests
{
    [Fact]
    public async Task Sequences_are_set_as_pg_dump_sets_them()
    {
        string text = Encoding.Latin1.GetString(SequenceValues.Write(
        [
            new SequenceValues.Value("shop", "counter", "shop.counter", 42, IsCalled: true),
            new SequenceValues.Value("it's", "a\\b", "\"it's\".\"a\\b\"", long.MinValue, IsCalled: false),
        ]));
        Assert.Equal(
            "SELECT pg_catalog.setval('shop.counter', 42, true);\n"
            + "SELECT pg_catalog.setval(E'\"it''s\".\"a\\\\b\"', -9223372036854775808, false);\n\n", text);
        using var reader = new SqlScriptReader(new MemoryStream(Encoding.Latin1.GetBytes(text)));
        for (int i = 0; i < 2; i++)
            Assert.Equal(StatementClass.SequenceValue, StatementInfo.Classify((await reader.ReadAsync(default))!.Text));
        Assert.Null(await reader.ReadAsync(default));
    }

    [Fact]
    public void A_piece_of_a_large_object_is_put_where_it_was()
    {
        string text = Encoding.ASCII.GetString(LargeObjectFrames.Statement(4294967295, 1L << 40, [0, 255, 16]));
        Assert.Equal("SELECT pg_catalog.lo_put(4294967295, 1099511627776, E'\\\\x00ff10');\n", text);
        Assert.Equal(StatementClass.LargeObject, StatementInfo.Classify(text));
    }
}
