using System.Text;

namespace InMidst.Backup.Postgres.Tests.Script;

/// <summary>Where statements end: the quoting rules of psqlscan.l, one by one.</summary>
public sealed class StatementEndTests
{
    public static TheoryData<string> OneStatement =>
    [
        "SELECT ';', 'it''s;', '\\'",
        "SELECT E';\\';', e'\\\\', E'it''s\\';'",
        "SELECT E'a' -- c;\n  'b\\';'",
        "SELECT E'a''\\';'",
        "SELECT U&'\\0441;', u&'\\', U&\";\"\"\" UESCAPE '!'",
        "SELECT B';', X';', N'a;\\', b'0'",
        "SELECT name_e'\\', se'\\'",
        "SELECT \";\", \"a\"\";\", \"\\\", \"--\"",
        "SELECT $$;$$, $a$;$$;$b$;$a$, $_1$;$_1$, $é$;$é$",
        "SELECT $delim$;$junk$delim$",
        "SELECT a$b$, x$$, $1",
        "SELECT $1$a$;$a$, $2",
        "SELECT 1 /* ; /* ; */ ; ' */ + 2 /***/",
        "SELECT 1 -- ; '\n, 2 --;\n",
        "SELECT 5 - -3, 5 -/*;*/ 3, a ->> 'x', 2 +-- ;\n 1, 4 */* ; */ 2",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM u; NOTIFY x)",
        "SELECT a[1:2], x::text, :name, :'v;', :\"v;\"",
        "SELECT 'line\n\\connect x\n\\.\n'",
        "SELECT $$\n\\connect x\n$$",
        "SELECT 1)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; END",
        "create or replace procedure p() begin /* x */ atomic insert into t values (1); select (case when a then 1 end); end",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END",
        "CREATE FUNCTION f(x integer) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT t.begin FROM t; SELECT \"end\"; END",
        "CREATE FUNCTION public.begin() RETURNS int LANGUAGE sql AS $$SELECT 1$$",
        "CREATE FUNCTION f(begin atomic) RETURNS int AS 'x'",
        "CREATE FUNCTION f() RETURNS int AS 'begin', 'atomic'",
        "CREATE TABLE function (begin atomic)",
        "CREATE TABLE t (begin integer, atomic text)",
    ];

    [Theory]
    [MemberData(nameof(OneStatement))]
    public async Task One_statement_stays_whole(string statement)
    {
        string script = Latin1OfUtf8($"{statement};SELECT 'next';\n");

        Assert.Equal([Latin1OfUtf8(statement), "SELECT 'next'"], await ScriptReading.Statements(script));
    }

    [Theory]
    [InlineData("BEGIN; SELECT 1; END; COMMIT", new[] { "BEGIN", "SELECT 1", "END", "COMMIT" })]
    [InlineData("CREATE VIEW v AS SELECT 1 AS begin, atomic; END", new[] { "CREATE VIEW v AS SELECT 1 AS begin, atomic", "END" })]
    [InlineData("CREATE FUNCTION f() AS 'x'; BEGIN; END", new[] { "CREATE FUNCTION f() AS 'x'", "BEGIN", "END" })]
    [InlineData("SELECT '\\'; SELECT '\\\\'", new[] { "SELECT '\\'", "SELECT '\\\\'" })]
    [InlineData("SELECT E'a'\n; SELECT 'b\\'", new[] { "SELECT E'a'\n", "SELECT 'b\\'" })]
    [InlineData("SELECT E'a', 'b\\'; SELECT 1", new[] { "SELECT E'a', 'b\\'", "SELECT 1" })]
    [InlineData("SELECT 1)); SELECT (2", null)]
    public async Task Statements_are_told_apart(string script, string[]? expected)
    {
        if (expected is null)
            await ScriptReading.Failure(script + ";");
        else
            Assert.Equal(expected, await ScriptReading.Statements(script + ";"));
    }

    [Theory]
    [InlineData("SET standard_conforming_strings = off")]
    [InlineData("set session STANDARD_CONFORMING_STRINGS to 'OFF'")]
    [InlineData("SET LOCAL standard_conforming_strings = false")]
    [InlineData("SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false)")]
    public async Task With_standard_conforming_strings_off_a_backslash_escapes(string off)
    {
        string script = $"SELECT '\\';{off}; SELECT '\\';', N'\\';', B'\\', U&'\\', 'a' || '\\\\';"
            + "SET standard_conforming_strings = on; SELECT '\\';";

        Assert.Equal(
            ["SELECT '\\'", off, "SELECT '\\';', N'\\';', B'\\', U&'\\', 'a' || '\\\\'", "SET standard_conforming_strings = on", "SELECT '\\'"],
            await ScriptReading.Statements(script));
    }

    [Theory]
    [InlineData("RESET standard_conforming_strings")]
    [InlineData("RESET ALL")]
    [InlineData("SET standard_conforming_strings TO DEFAULT")]
    public async Task Resetting_standard_conforming_strings_makes_a_backslash_plain_again(string reset)
    {
        string off = "SET standard_conforming_strings = off";

        Assert.Equal([off, reset, "SELECT '\\'", "SELECT 1"], await ScriptReading.Statements($"{off};{reset};SELECT '\\';SELECT 1;"));
    }

    [Theory]
    [InlineData("SJIS", 0x83)]
    [InlineData("SJIS", 0xFC)]
    [InlineData("Shift_JIS_2004", 0xE0)]
    [InlineData("BIG5", 0xA5)]
    [InlineData("GBK", 0x81)]
    [InlineData("UHC", 0x8D)]
    [InlineData("GB18030", 0xFE)]
    [InlineData("johab", 0x84)]
    public async Task The_second_byte_of_a_character_is_no_backslash(string encoding, int lead)
    {
        string ch = (char)lead + "\\";
        string statement = $"SELECT E'{ch}', E'\\{ch}', '{ch}', \"{ch}\", {ch}x, ${ch}$;${ch}$ /*{ch}*/";

        Assert.Equal(
            [$"SET client_encoding = '{encoding}'", statement, "SET NAMES 'UTF8'", "SELECT E'\u0083\\';'"],
            await ScriptReading.Statements($"SET client_encoding = '{encoding}';{statement};SET NAMES 'UTF8';SELECT E'\u0083\\';';"));
    }

    [Theory]
    [InlineData(0xA1)]
    [InlineData(0xDF)]
    public async Task Half_width_katakana_are_single_bytes_in_SJIS(int single)
    {
        string statement = $"SELECT E'{(char)single}\\';'";

        Assert.Equal(["SET client_encoding = 'SJIS'", statement],
            await ScriptReading.Statements($"SET client_encoding = 'SJIS';{statement};"));
    }

    private static string Latin1OfUtf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
