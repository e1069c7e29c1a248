using System.Text;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Tests.Text;

public sealed class DatabaseTextTests
{
    /// <summary>https://www.postgresql.org/docs/current/multibyte.html: all server encodings, then those only clients may have.</summary>
    public static TheoryData<string> Encodings =>
    [
        "EUC_CN", "EUC_JP", "EUC_JIS_2004", "EUC_KR", "EUC_TW", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "KOI8R", "KOI8U", "LATIN1",
        "LATIN2", "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9", "LATIN10", "MULE_INTERNAL", "SQL_ASCII", "UTF8", "WIN866",
        "WIN874", "WIN1250", "WIN1251", "WIN1252", "WIN1253", "WIN1254", "WIN1255", "WIN1256", "WIN1257", "WIN1258",
        "BIG5", "GB18030", "GBK", "JOHAB", "SJIS", "SHIFT_JIS_2004", "UHC",
    ];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Bytes_come_back_from_their_text(string encoding)
    {
        var text = new DatabaseText(encoding);
        Assert.Equal(encoding, text.EncodingName);
        for (int first = 1; first < 256; first++)
        {
            string one = ((char)first).ToString();
            Assert.Equal(one, text.Encode(text.Decode(one)));
            for (int second = 1 + (first % 11); second < 256; second += 11)
            {
                string two = "a" + (char)first + (char)second;
                Assert.Equal(two, text.Encode(text.Decode(two)));
            }
        }

        var random = new Random(5);
        for (int i = 0; i < 500; i++)
        {
            string bytes = string.Create(random.Next(1, 12), random, (span, r) =>
            {
                for (int j = 0; j < span.Length; j++)
                    span[j] = (char)r.Next(1, 256);
            });
            Assert.Equal(bytes, text.Encode(text.Decode(bytes)));
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Different_bytes_are_different_texts(string encoding)
    {
        var text = new DatabaseText(encoding);
        string[] texts = [.. Enumerable.Range(0, 65536 / 7).Select(i => text.Decode($"{(char)(i * 7 >> 8)}{(char)(i * 7 & 255)}"))];
        Assert.Equal(texts.Length, texts.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("UTF8", "\u00c3\u00a9", "é")]
    [InlineData("LATIN1", "\u00e9", "é")]
    [InlineData("LATIN2", "\u00b1", "ą")]
    [InlineData("LATIN9", "\u00a4", "€")]
    [InlineData("WIN1252", "\u0080", "€")]
    [InlineData("WIN1251", "\u00ff", "я")]
    [InlineData("KOI8R", "\u00d1", "я")]
    [InlineData("WIN866", "\u00ef", "я")]
    [InlineData("ISO_8859_7", "\u00e1", "α")]
    [InlineData("EUC_JP", "\u00c6\u00fc\u00cb\u00dc", "日本")]
    [InlineData("EUC_KR", "\u00c7\u00d1", "한")]
    [InlineData("EUC_CN", "\u00d6\u00d0", "中")]
    [InlineData("SJIS", "\u0093\u00fa\u0096\u007b", "日本")]
    [InlineData("BIG5", "\u00a4\u00a4", "中")]
    [InlineData("GB18030", "\u00d6\u00d0", "中")]
    [InlineData("utf8", "\u00c3\u00a9", "é")]
    public void People_see_their_own_letters(string encoding, string bytes, string expected)
    {
        var text = new DatabaseText(encoding);
        Assert.Equal(expected, text.Decode(bytes));
        Assert.Equal(bytes, text.Encode(expected));
    }

    [Fact]
    public void Bytes_without_an_encoding_are_taken_for_utf8_where_they_are()
    {
        var text = new DatabaseText("SQL_ASCII");
        Assert.Equal("é", text.Decode("\u00c3\u00a9"));
        Assert.Equal("\ufffdé", text.Decode("\u00e9"));
        Assert.Equal("\u00e9", text.Encode("\ufffdé"));
        Assert.Equal("\u00c3\u00a9", text.Encode("é"));
    }

    [Fact]
    public void A_name_the_encoding_has_no_letters_for_is_a_name_of_another_database()
    {
        string bytes = new DatabaseText("LATIN1").Encode("日");
        Assert.Equal([0xE6, 0x97, 0xA5], Encoding.Latin1.GetBytes(bytes));
    }

    [Theory]
    [InlineData("UTF8")]
    [InlineData("EUC_JP")]
    [InlineData("SJIS")]
    public void An_excerpt_ends_between_two_letters(string encoding)
    {
        var text = new DatabaseText(encoding);
        string bytes = "-- " + string.Concat(Enumerable.Repeat(text.Encode("日"), 50));
        for (int length = 3; length < bytes.Length; length++)
            Assert.Matches(@"^-- 日* …\z", text.Excerpt(bytes, length));
        Assert.Equal("-- " + new string('日', 50), text.Excerpt(bytes, bytes.Length));
    }

    [Fact]
    public void An_excerpt_of_what_is_no_text_shows_its_bytes()
    {
        Assert.Equal("éé …", new DatabaseText("UTF8").Excerpt("ééé", 2));
    }
}
