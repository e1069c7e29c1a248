using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class StatementFilterTests
{
    private static readonly RestoreOptions All =
        new() { Address = new ServerAddress { Host = "h", Port = 1, UserName = "u", Database = "d" }, TargetDatabase = "t" };

    [Theory]
    [InlineData("ALTER TABLE public.t OWNER TO me", false)]
    [InlineData("ALTER OPERATOR FAMILY public.f USING btree OWNER TO \"the owner\"", false)]
    [InlineData("ALTER FUNCTION public.f(owner integer, to text) OWNER TO me", false)]
    [InlineData("ALTER LARGE OBJECT 12 OWNER TO me", false)]
    [InlineData("ALTER TABLE ONLY public.t ALTER COLUMN owner SET DEFAULT 'OWNER TO me'", true)]
    [InlineData("ALTER TABLE public.owner ADD CONSTRAINT owner CHECK ((owner > 0))", true)]
    [InlineData("COMMENT ON TABLE public.t IS 'ALTER TABLE t OWNER TO me'", true)]
    [InlineData("GRANT ALL ON TABLE public.t TO me", true)]
    [InlineData("SET SESSION AUTHORIZATION me", false)]
    [InlineData("RESET SESSION AUTHORIZATION", false)]
    [InlineData("RESET lc_monetary", true)]
    public void Owners(string statement, bool kept) => Assert.Equal(kept, Keeps(All with { NoOwner = true }, "TABLE", statement));

    [Theory]
    [InlineData("GRANT SELECT ON TABLE public.t TO PUBLIC", false)]
    [InlineData("REVOKE ALL ON SCHEMA public FROM me", false)]
    [InlineData("ALTER DEFAULT PRIVILEGES FOR ROLE me GRANT SELECT ON TABLES TO you", false)]
    [InlineData("SET SESSION AUTHORIZATION me", false)]
    [InlineData("ALTER TABLE public.t OWNER TO me", true)]
    [InlineData("ALTER TABLE public.default_privileges ADD COLUMN grant_it int", true)]
    public void Privileges(string statement, bool kept) => Assert.Equal(kept, Keeps(All with { NoPrivileges = true }, "ACL", statement));

    [Theory]
    [InlineData("SET default_tablespace = fast", false)]
    [InlineData("SET default_tablespace = ''", false)]
    [InlineData("SET default_table_access_method = heap", true)]
    public void Tablespaces(string statement, bool kept) => Assert.Equal(kept, Keeps(All with { NoTablespaces = true }, "TABLE", statement));

    [Theory]
    [InlineData("INSERT INTO public.t VALUES (1)", false)]
    [InlineData("SELECT pg_catalog.setval('public.s', 7, true)", false)]
    [InlineData("SELECT pg_catalog.lo_create('12')", false)]
    [InlineData("ALTER LARGE OBJECT 12 OWNER TO me", false)]
    [InlineData("COMMENT ON LARGE OBJECT 12 IS 'x'", false)]
    [InlineData("GRANT SELECT ON LARGE OBJECT 12 TO me", false)]
    [InlineData("REFRESH MATERIALIZED VIEW public.m", false)]
    [InlineData("COMMENT ON TABLE public.large IS 'object'", true)]
    [InlineData("CREATE RULE r AS ON UPDATE TO public.t DO ALSO INSERT INTO public.u VALUES (1)", true)]
    [InlineData("SELECT pg_catalog.set_config('search_path', '', false)", true)]
    public void Rows(string statement, bool kept) => Assert.Equal(kept, Keeps(All with { SchemaOnly = true }, "TABLE", statement));

    [Fact]
    public void Rows_of_copy_go_without_the_schema_only_and_nothing_goes_by_itself()
    {
        var copy = new ScriptItem(ScriptItemKind.Copy, "COPY public.t (a) FROM stdin", 1);
        Assert.False(new StatementFilter(All with { SchemaOnly = true }).Keeps(copy));
        Assert.True(new StatementFilter(All).Keeps(copy));
        Assert.True(Keeps(All, "ACL", "GRANT SELECT ON TABLE public.t TO PUBLIC"));
        Assert.True(Keeps(All, "TABLE", "ALTER TABLE t OWNER TO me"));
    }

    [Fact]
    public void A_grant_in_anothers_name_keeps_the_name_when_only_owners_go()
    {
        Assert.True(Keeps(All with { NoOwner = true }, "ACL", "SET SESSION AUTHORIZATION me"));
        Assert.True(Keeps(All with { NoPrivileges = true }, "TABLE", "SET SESSION AUTHORIZATION me"));
    }

    private static bool Keeps(RestoreOptions options, string type, string statement)
    {
        var filter = new StatementFilter(options);
        filter.Enter(type);
        return filter.Keeps(new ScriptItem(ScriptItemKind.Statement, statement, 1));
    }
}
