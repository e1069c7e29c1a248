using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class HarmlessRefusalTests
{
    [Theory]
    [InlineData("GRANT USAGE ON SCHEMA public TO me", true)]
    [InlineData("REVOKE CREATE ON SCHEMA public FROM PUBLIC", true)]
    [InlineData("GRANT SELECT ON TABLE pg_catalog.pg_authid TO me", true)]
    [InlineData("GRANT USAGE ON LANGUAGE plpgsql TO me", true)]
    [InlineData("GRANT USAGE ON SCHEMA public_data TO me", false)]
    [InlineData("REVOKE ALL ON SCHEMA pg_catalog_copy FROM me", false)]
    [InlineData("GRANT SELECT ON TABLE public.t TO me", false)]
    [InlineData("GRANT SELECT ON TABLE public.pg_catalog TO me", false)]
    public void Only_grants_on_what_belongs_to_the_server_may_be_missing(string statement, bool harmless)
    {
        var refusal = new PostgresException("permission denied", "ERROR", "ERROR", PostgresErrorCodes.InsufficientPrivilege);
        Assert.Equal(harmless, new HarmlessRefusal().Describe(statement, refusal) is not null);
    }
}
