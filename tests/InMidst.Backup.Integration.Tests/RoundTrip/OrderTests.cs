using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>What must come after what. Each of these cannot be restored, or does harm, in another order.</summary>
public sealed class OrderTests(PostgresFixture fixture) : IDisposable
{
    private const string Password = "of a test";

    private readonly RoundTripScene _scene = new(fixture);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_owner_who_gave_up_his_own_rights_can_restore_his_tables()
    {
        string role = RoundTripScene.NewName("owner");
        string source = RoundTripScene.NewName("revoked");
        await _scene.Server.PsqlAsync("postgres", $"CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{Password}'");
        await _scene.Server.CreateDatabaseAsync(source, $"TEMPLATE template0 OWNER {role}");
        await _scene.Server.PsqlAsync(source, $"""
            SET ROLE {role};
            CREATE SCHEMA his;
            CREATE TABLE his.t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
            INSERT INTO his.t (v) VALUES ('a'), ('b');
            CREATE MATERIALIZED VIEW his.m AS SELECT count(*) FROM his.t;
            CREATE TABLE his.child (id integer REFERENCES his.t);
            INSERT INTO his.child VALUES (1);
            CREATE SEQUENCE his.s;
            SELECT nextval('his.s'), lo_from_bytea(77, '\x01');
            REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES ON his.t, his.child FROM {role};
            REVOKE USAGE, UPDATE ON SEQUENCE his.s FROM {role};
            REVOKE UPDATE ON LARGE OBJECT 77 FROM {role};
            """);
        ServerAddress address = fixture.Address with { UserName = role, Password = Password };
        BackupRecord backup = await _scene.BackupAsync(source, address: address);
        string copy = RoundTripScene.NewName("his");
        await new DatabaseRestore(new RestoreOptions { Address = address, TargetDatabase = copy }, TimeProvider.System, _scene.Warnings.Add)
            .RunAsync(backup, new Reports(), Token);
        await _scene.AssertEqualAsync(source, copy);
    }

    [Fact]
    public async Task Materialised_views_are_filled_when_the_keys_they_count_on_are_there_and_nothing_watches_yet()
    {
        string source = RoundTripScene.NewName("order");
        await _scene.Server.CreateDatabaseAsync(source);
        await _scene.Server.PsqlAsync(source, """
            CREATE TABLE parents (id integer PRIMARY KEY);
            CREATE TABLE children (id integer PRIMARY KEY, parent integer REFERENCES parents);
            INSERT INTO parents VALUES (1);
            INSERT INTO children VALUES (1, 1);
            CREATE FUNCTION keys() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM pg_constraint WHERE contype = 'f'); END $$;
            CREATE FUNCTION guards() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM pg_event_trigger); END $$;
            CREATE MATERIALIZED VIEW seen AS SELECT keys() AS keys, guards() AS guards;
            CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired for %', TG_TAG; END $$;
            CREATE PUBLICATION p FOR TABLE parents;
            GRANT SELECT ON parents TO PUBLIC;
            CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION refuse();
            """);
        BackupRecord backup = await _scene.BackupAsync(source);
        string copy = RoundTripScene.NewName("order");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal("1|0", await _scene.Server.PsqlAsync(copy, "SELECT keys, guards FROM seen"));
        await _scene.AssertEqualAsync(source, copy);

        DumpIndex index = await _scene.ReadIndexAsync(backup);
        FrameKind[] order = [.. index.Frames.Select(f => f.Kind).Distinct()];
        Assert.Equal(order.Order(), order);
        (string Type, FrameKind Frame)[] late =
        [
            ("FK CONSTRAINT", FrameKind.ForeignKeys), ("PUBLICATION", FrameKind.Policies), ("ACL", FrameKind.Privileges),
            ("MATERIALIZED VIEW DATA", FrameKind.MaterializedViews), ("EVENT TRIGGER", FrameKind.EventTriggers),
        ];
        Assert.All(late, l => Assert.Equal(l.Frame, Assert.Single(index.Entries, e => e.Type == l.Type).Frame));
    }

    [Fact]
    public async Task A_copy_with_subscriptions_never_connects_and_can_be_dropped_again()
    {
        string source = RoundTripScene.NewName("subscribed");
        await _scene.Server.CreateDatabaseAsync(source);
        await _scene.Server.PsqlAsync(source, """
            CREATE TABLE t (id integer PRIMARY KEY);
            CREATE SUBSCRIPTION s CONNECTION 'host=host.invalid' PUBLICATION p WITH (connect = false, slot_name = 'of_the_source');
            CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired for %', TG_TAG; END $$;
            CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION refuse();
            ALTER EVENT TRIGGER guard ENABLE ALWAYS;
            """);
        BackupRecord backup = await _scene.BackupAsync(source);
        string copy = RoundTripScene.NewName("subscribed");
        await _scene.RestoreAsync(backup, copy);
        Assert.Equal("s|f|of_the_source", await _scene.Server.PsqlAsync(copy, """
            SELECT subname, subenabled, subslotname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()
            """));

        // The server drops no database with subscriptions, so the copy of a test must lose them first.
        await _scene.TestAsync(backup, VerificationLevel.Restore);
        Assert.Empty(_scene.Warnings);
        Assert.Equal("", await _scene.Server.PsqlAsync("postgres",
            "SELECT d.datname FROM pg_database d JOIN pg_subscription s ON s.subdbid = d.oid WHERE d.datname LIKE 'midst_proof_%'"));
    }

    public void Dispose() => _scene.Dispose();
}
