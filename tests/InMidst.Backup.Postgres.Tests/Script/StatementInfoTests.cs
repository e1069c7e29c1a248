using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

public sealed class StatementInfoTests
{
    [Theory]
    [InlineData("INSERT INTO t VALUES (1)", StatementClass.Insert)]
    [InlineData("-- x\n /* y /* z */ */insert into t VALUES (1)", StatementClass.Insert)]
    [InlineData("inserts", StatementClass.Other)]
    [InlineData("SET statement_timeout = 0", StatementClass.Setting)]
    [InlineData("SET SESSION AUTHORIZATION 'me'", StatementClass.Setting)]
    [InlineData("RESET SESSION AUTHORIZATION", StatementClass.Setting)]
    [InlineData("SELECT pg_catalog.set_config('search_path', '', false)", StatementClass.Setting)]
    [InlineData("SET TRANSACTION READ ONLY", StatementClass.Transaction)]
    [InlineData("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", StatementClass.Transaction)]
    [InlineData("SET CONSTRAINTS ALL DEFERRED", StatementClass.Other)]
    [InlineData("SELECT pg_catalog.setval('public.s', 1, true)", StatementClass.SequenceValue)]
    [InlineData("SELECT setval ('public.s', 1)", StatementClass.SequenceValue)]
    [InlineData("SELECT \"setval\"('public.s', 1)", StatementClass.Other)]
    [InlineData("SELECT pg_catalog.lo_open('777', 131072)", StatementClass.LargeObject)]
    [InlineData("SELECT pg_catalog.lowrite(0, '\\x00')", StatementClass.LargeObject)]
    [InlineData("SELECT public.lo_open(1)", StatementClass.Other)]
    [InlineData("BEGIN", StatementClass.Transaction)]
    [InlineData("COMMIT", StatementClass.Transaction)]
    [InlineData("SELECT 1", StatementClass.Other)]
    [InlineData("SELECT", StatementClass.Other)]
    [InlineData("", StatementClass.Other)]
    [InlineData("/*", StatementClass.Other)]
    [InlineData("--", StatementClass.Other)]
    [InlineData("CREATE TABLE insert (a text)", StatementClass.Other)]
    public void A_statement_is_told_by_its_first_words(string text, StatementClass expected)
    {
        Assert.Equal(expected, StatementInfo.Classify(text));
    }

    [Theory]
    [InlineData("SET statement_timeout = 0", "statement_timeout", "0")]
    [InlineData("set Client_Encoding='UTF8'", "client_encoding", "UTF8")]
    [InlineData("SET SESSION x TO 'it''s' ", "x", "it's")]
    [InlineData("SET LOCAL my.Setting /* = */ = on", "my.setting", "on")]
    [InlineData("SET search_path = public, \"$user\"", "search_path", "public, \"$user\"")]
    [InlineData("SET search_path = 'a', 'b'", "search_path", "'a', 'b'")]
    [InlineData("SET default_tablespace = ''", "default_tablespace", "")]
    [InlineData("SET x TO DEFAULT", "x", "DEFAULT")]
    [InlineData("SET NAMES 'SJIS'", "client_encoding", "SJIS")]
    [InlineData("SET TIME ZONE 'UTC'", "timezone", "UTC")]
    [InlineData("SET ROLE me", "role", "me")]
    [InlineData("SET SESSION AUTHORIZATION 'me'", "session_authorization", "me")]
    [InlineData("SET XML OPTION DOCUMENT", "xmloption", "DOCUMENT")]
    [InlineData("SELECT pg_catalog.set_config('search_path', '', false)", "search_path", "")]
    public void A_setting_is_parsed(string text, string name, string value)
    {
        Assert.True(StatementInfo.TryParseSet(text, out string foundName, out string foundValue));
        Assert.Equal((name, value), (foundName, foundValue));
    }

    [Theory]
    [InlineData("SET")]
    [InlineData("SET x")]
    [InlineData("SET x y")]
    [InlineData("SET TRANSACTION READ ONLY")]
    [InlineData("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")]
    [InlineData("SET CONSTRAINTS ALL DEFERRED")]
    [InlineData("SELECT set_config(1, 2)")]
    [InlineData("SELECT set_config")]
    [InlineData("UPDATE t SET x = 1")]
    [InlineData("")]
    public void What_is_no_setting_is_not_taken_for_one(string text)
    {
        Assert.False(StatementInfo.TryParseSet(text, out string name, out string value));
        Assert.Equal(("", ""), (name, value));
    }
}
