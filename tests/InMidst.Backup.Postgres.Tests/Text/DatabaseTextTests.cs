using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Tests.Text;

public sealed class DatabaseTextTests
{
    [Theory]
    [InlineData("UTF8", "gr\u00C3\u00B6\u00C3\u009Fe", "größe")]
    [InlineData("LATIN1", "gr\u00F6\u00DFe", "größe")]
    [InlineData("SQL_ASCII", "gr\u00C3\u00B6\u00C3\u009Fe", "größe")]
    [InlineData("EUC_JP", "\u00C6\u00FC", "日")]
    [InlineData("UTF8", "plain", "plain")]
    public void Bytes_are_shown_as_the_text_they_are(string encoding, string bytes, string text)
    {
        var converter = new DatabaseText(encoding);
        Assert.Equal(text, converter.Decode(bytes));
        Assert.Equal(bytes, converter.Encode(text));
    }

    [Theory]
    [InlineData("SQL_ASCII")]
    [InlineData("UTF8")]
    [InlineData("EUC_JP")]
    [InlineData("EUC_CN")]
    [InlineData("WIN1252")]
    [InlineData("MULE_INTERNAL")]
    public void Whatever_the_bytes_are_they_come_back_and_differ_from_all_others(string encoding)
    {
        var converter = new DatabaseText(encoding);
        var seen = new HashSet<string>();
        var random = new Random(7);
        // Single bytes, a character of the private use area in UTF-8, and random ones.
        IEnumerable<string> names = Enumerable.Range(128, 128).Select(b => "t" + (char)b)
            .Append("\u00EF\u009E\u0085")
            .Concat(Enumerable.Range(0, 500).Select(_ => string.Concat(Enumerable.Range(0, 6).Select(_ => (char)random.Next(32, 256)))));
        foreach (string bytes in names)
        {
            string text = converter.Decode(bytes);
            Assert.Equal(bytes, converter.Encode(text));
            Assert.True(seen.Add(text));
        }
    }

    [Fact]
    public void Names_of_the_cluster_are_utf8_where_they_can_be()
    {
        var converter = new DatabaseText("LATIN1");
        Assert.Equal("größe", converter.DecodeShared("gr\u00C3\u00B6\u00C3\u009Fe"));
        Assert.Equal("größe", converter.DecodeShared("gr\u00F6\u00DFe"));
    }
}
