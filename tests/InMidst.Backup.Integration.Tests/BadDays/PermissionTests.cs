using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A role that may read nearly everything.</summary>
public sealed class PermissionTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("REVOKE SELECT ON größe FROM {0}", "größe")]
    [InlineData("REVOKE SELECT ON SEQUENCE counter FROM {0}", "counter")]
    [InlineData("REVOKE SELECT ON LARGE OBJECT 4711 FROM {0}", "4711")]
    [InlineData("REVOKE USAGE ON SCHEMA inner_room FROM {0}", "inner_room")]
    public async Task What_may_not_be_read_is_named(string sql, string named)
    {
        string role = "reader_" + Guid.NewGuid().ToString("N")[..8];
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server, $"""
            CREATE ROLE {role} LOGIN PASSWORD 'reader-password';
            CREATE SCHEMA inner_room;
            CREATE TABLE größe (a int);
            CREATE TABLE inner_room.t (a int);
            CREATE SEQUENCE counter;
            SELECT lo_from_bytea(4711, 'x');
            GRANT USAGE ON SCHEMA inner_room TO {role};
            GRANT SELECT ON ALL TABLES IN SCHEMA public, inner_room TO {role};
            GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
            GRANT SELECT ON LARGE OBJECT 4711 TO {role};
            """);
        var options = scene.Options with { Address = scene.Address with { UserName = role, Password = "reader-password" } };
        BackupRecord before = await scene.RunAsync(options);
        Assert.Contains("roles and tablespaces", Assert.Single(scene.Warnings));
        await fixture.Server.PsqlAsync(scene.Database, string.Format(sql, role));
        BackupException failure = await scene.FailsAsync(ErrorIds.PermissionDenied, options);
        Assert.Contains(named, failure.Message);
        await scene.HoldsExactlyAsync(before);
    }
}
