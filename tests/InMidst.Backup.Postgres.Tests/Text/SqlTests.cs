using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Tests.Text;

public sealed class SqlTests
{
    [Theory]
    [InlineData("app", "\"app\"")]
    [InlineData("my app", "\"my app\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("\"", "\"\"\"\"")]
    [InlineData("a.b\\c'd", "\"a.b\\c'd\"")]
    public void A_name_is_quoted(string name, string expected)
    {
        Assert.Equal(expected, Sql.Identifier(name));
        Assert.Equal($"\"s\".{expected}", Sql.Name("s", name));
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("it's", "'it''s'")]
    [InlineData("a\"b", "'a\"b'")]
    [InlineData("a\\b", "E'a\\\\b'")]
    [InlineData("\\'", "E'\\\\'''")]
    [InlineData("two\nlines", "'two\nlines'")]
    public void A_value_is_quoted_for_either_kind_of_strings(string value, string expected)
    {
        Assert.Equal(expected, Sql.Literal(value));
    }
}
