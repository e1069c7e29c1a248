using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Postgres.Tests.Verify;

public sealed class ForeignRequirementsTests
{
    [Theory]
    [InlineData("ALTER TABLE public.t OWNER TO someone;", "someone")]
    [InlineData("ALTER TABLE public.owner OWNER TO Someone;", "someone")]
    [InlineData("ALTER FUNCTION f(owner text, \"to\" integer) OWNER TO \"Mixed \"\"Case\"\"\";", "Mixed \"Case\"")]
    [InlineData("ALTER LARGE OBJECT 42 OWNER TO x;", "x")]
    [InlineData("GRANT SELECT(a),INSERT(\"to\") ON TABLE t TO a, \"b c\" WITH GRANT OPTION;", "a,b c")]
    [InlineData("GRANT ALL ON FUNCTION f(text, timestamp with time zone) TO PUBLIC;", "")]
    [InlineData("GRANT a TO b;", "b")]
    [InlineData("REVOKE GRANT OPTION FOR SELECT ON TABLE t FROM a CASCADE;", "a")]
    [InlineData("ALTER DEFAULT PRIVILEGES FOR ROLE a, c IN SCHEMA s GRANT SELECT ON TABLES  TO b;", "a,b,c")]
    [InlineData("ALTER DEFAULT PRIVILEGES FOR ROLE a REVOKE ALL ON FUNCTIONS  FROM PUBLIC;", "a")]
    [InlineData("CREATE POLICY p ON public.t FOR SELECT TO a, current_user, b USING ((x = 'TO c'::text));", "a,b")]
    [InlineData("CREATE POLICY p ON t USING ((owner = to_x(1)));", "")]
    [InlineData("SET SESSION AUTHORIZATION 'Some One';", "Some One")]
    [InlineData("SET SESSION AUTHORIZATION DEFAULT;", "")]
    [InlineData("CREATE USER MAPPING FOR a SERVER s OPTIONS (password 'p');", "a")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER s;", "")]
    [InlineData("CREATE SCHEMA s AUTHORIZATION a;", "a")]
    [InlineData("CREATE ROLE a; ALTER TABLE t OWNER TO a;", "")]
    [InlineData("ALTER TABLE ONLY owner ATTACH PARTITION p FOR VALUES FROM (1) TO (2);", "")]
    [InlineData("COMMENT ON TABLE t IS 'ALTER TABLE t OWNER TO x';", "")]
    [InlineData("INSERT INTO t VALUES ('GRANT a TO b');", "")]
    public async Task Roles_are_found_where_statements_name_them(string script, string roles) =>
        Assert.Equal(roles, string.Join(',', (await ReadAsync(script)).ToRecord().Roles));

    [Fact]
    public async Task Names_are_read_in_the_encoding_of_the_script()
    {
        ForeignRequirements found = await ReadAsync("SET client_encoding = 'LATIN1';\nALTER TABLE t OWNER TO \"größe\";\n", Encoding.Latin1);
        Assert.Equal(["größe"], found.ToRecord().Roles);
    }

    [Fact]
    public async Task Extensions_tablespaces_and_versions_are_found()
    {
        ForeignRequirements found = await ReadAsync("""
            -- Dumped from database version 13.4 (Debian 13.4-1)
            -- Dumped by pg_dump version 15.18
            CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
            CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;
            CREATE EXTENSION hstore;
            SET default_tablespace = '';
            SET default_tablespace = "Fast One";
            """);
        RequirementsRecord record = found.ToRecord();
        Assert.Equal(13, found.SourceMajor);
        Assert.Equal("15.18", record.PgDumpVersion);
        Assert.Equal(["hstore", "uuid-ossp"], record.Extensions.Select(e => e.Name));
        Assert.Equal(["Fast One"], record.Tablespaces);
    }

    private static async Task<ForeignRequirements> ReadAsync(string script, Encoding? encoding = null)
    {
        var found = new ForeignRequirements();
        using var reader = new SqlScriptReader(new MemoryStream((encoding ?? Encoding.UTF8).GetBytes(script)));
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } item)
            found.Take(item);
        return found;
    }
}
