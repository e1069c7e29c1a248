using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Parts of a backup: what was asked for comes back as it was, with what it needs, and nothing else is read.</summary>
public sealed class SelectiveRestoreTests(PostgresFixture fixture) : IDisposable
{
    private const string Shop = """
        CREATE SCHEMA shop; CREATE SCHEMA types; CREATE SCHEMA stock;
        CREATE TYPE types.state AS ENUM ('new', 'paid', 'sent');
        CREATE DOMAIN types.amount AS numeric(10, 2) CHECK (VALUE >= 0);
        CREATE FUNCTION types.next_number() RETURNS int LANGUAGE sql AS 'SELECT 42';
        CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := upper(NEW.note); RETURN NEW; END';
        CREATE TABLE shop.customers (id serial PRIMARY KEY, name text NOT NULL);
        CREATE TABLE shop.orders (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES shop.customers, state types.state DEFAULT 'new',
            total types.amount, number int DEFAULT types.next_number(), note text);
        CREATE TABLE stock.items (id int PRIMARY KEY, customer int REFERENCES shop.customers);
        INSERT INTO shop.customers (name) SELECT 'customer ' || i FROM generate_series(1, 200) i;
        INSERT INTO shop.orders (customer, total, note) SELECT 1 + i % 200, i, 'note ' || i FROM generate_series(1, 900) i;
        INSERT INTO stock.items SELECT i, i FROM generate_series(1, 100) i;
        CREATE INDEX by_state ON shop.orders (state) WHERE state <> 'sent';
        COMMENT ON INDEX shop.by_state IS 'what is open';
        CREATE TRIGGER stamp BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.stamp();
        CREATE STATISTICS shop.both ON customer, state FROM shop.orders;
        ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON shop.orders USING (customer = 1);
        GRANT SELECT ON shop.orders TO PUBLIC; GRANT UPDATE (note) ON shop.orders TO PUBLIC;
        COMMENT ON COLUMN shop.orders.total IS 'gross';
        CREATE VIEW shop.totals AS SELECT customer, sum(total) AS total FROM shop.orders GROUP BY customer;
        CREATE MATERIALIZED VIEW shop.counts AS SELECT count(*) AS n FROM shop.orders;
        CREATE MATERIALIZED VIEW stock.mirror AS SELECT count(*) AS n FROM shop.orders;
        SELECT lo_from_bytea(4711, 'large');
        CREATE FUNCTION shop.note() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        """;

    private readonly RoundTripScene _scene = new(fixture);

    [Fact]
    public async Task Two_tables_come_back_as_pg_dump_sees_them_and_only_their_rows_are_read()
    {
        (string source, BackupRecord backup) = await ShopAsync();
        var storage = new RangeStorage(_scene.Storage);
        string copy = RoundTripScene.NewName("tables");
        RestoreResult result = await _scene.RestoreAsync(
            await new BackupRepository(storage, _scene.Warnings.Add).OpenAsync(backup.Data.Name, TestContext.Current.CancellationToken), copy,
            o => o with { Tables = [NamePattern.Exactly("shop.orders"), NamePattern.Exactly("customers")] });
        string[] both = ["-t", "shop.orders", "-t", "shop.customers", "-t", "shop.customers_id_seq"];
        Assert.Equal(await EntriesAsync(source, both), await EntriesAsync(copy, both));
        Assert.Equal("customers,orders", await TablesAsync(copy));
        Assert.Equal("", await _scene.Server.PsqlAsync(copy, "SELECT oid FROM pg_largeobject_metadata"));
        Assert.Equal("", await _scene.Server.PsqlAsync(copy, "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'shop'::regnamespace"));
        Assert.Equal("901", await _scene.Server.PsqlAsync(copy, "INSERT INTO shop.orders (customer, note) VALUES (1, 'x') RETURNING id"));
        Assert.Equal((2, 1100), (result.Tables, result.Rows));
        Assert.Empty(_scene.Warnings);

        DumpIndex index = await _scene.ReadIndexAsync(backup);
        IEnumerable<long> unwanted = index.Frames
            .Where(f => f.Kind == FrameKind.LargeObjects || (f.Table is { } t && index.Tables[t].Name == "items")).Select(f => f.Offset);
        Assert.Empty(unwanted.Intersect(storage.Ranges.Select(r => r.Offset)));
        Assert.DoesNotContain(storage.Ranges, r => r.Length is null);
    }

    [Fact]
    public async Task A_table_without_the_one_it_refers_to_says_what_is_missing()
    {
        (_, BackupRecord backup) = await ShopAsync();
        string copy = RoundTripScene.NewName("alone");
        await _scene.RestoreAsync(backup, copy, o => o with { Tables = [NamePattern.Exactly("orders")] });
        Assert.Equal("orders", await TablesAsync(copy));
        Assert.Equal("0", await _scene.Server.PsqlAsync(copy, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"));
        Assert.Contains("orders_customer_fkey", Assert.Single(_scene.Warnings));
    }

    [Fact]
    public async Task A_schema_comes_back_with_empty_tables_of_others_where_it_needs_them()
    {
        (string source, BackupRecord backup) = await ShopAsync();
        string shop = RoundTripScene.NewName("schema");
        await _scene.RestoreAsync(backup, shop, o => o with { Schemas = [NamePattern.Exactly("shop")] });
        Assert.Equal(await EntriesAsync(source, "-n", "shop"), await EntriesAsync(shop, "-n", "shop"));
        Assert.Equal("customers,orders", await TablesAsync(shop));
        Assert.Empty(_scene.Warnings);

        string stock = RoundTripScene.NewName("schema");
        await _scene.RestoreAsync(backup, stock, o => o with { Schemas = [NamePattern.Exactly("stock")] });
        Assert.Equal("items,orders", await TablesAsync(stock));
        Assert.Equal("100|0|f", await _scene.Server.PsqlAsync(stock, """
            SELECT (SELECT count(*) FROM stock.items), (SELECT count(*) FROM shop.orders), (SELECT relispopulated FROM pg_class WHERE relname = 'mirror')
            """));
        Assert.Contains(_scene.Warnings, w => w.Contains("shop.orders") && w.Contains("without rows"));
        Assert.Contains(_scene.Warnings, w => w.StartsWith("Not filled") && w.Contains("stock.mirror"));
        Assert.Contains(_scene.Warnings, w => w.Contains("items_customer_fkey"));
    }

    [Fact]
    public async Task A_partitioned_table_comes_with_its_partitions_and_a_leaf_as_a_table_of_its_own()
    {
        string source = await MakeAsync("""
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'new');
            CREATE TABLE by_mood (m mood, n int) PARTITION BY HASH (m);
            CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE by_mood_1 (n int, m mood);
            ALTER TABLE by_mood ATTACH PARTITION by_mood_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO by_mood SELECT (enum_range(NULL::mood))[1 + i % 4], i FROM generate_series(1, 200) i;
            CREATE INDEX ON by_mood (n);
            CREATE TABLE other AS SELECT 1 AS a;
            """);
        BackupRecord backup = await _scene.BackupAsync(source);
        string tree = RoundTripScene.NewName("tree");
        await _scene.RestoreAsync(backup, tree, o => o with { Tables = [NamePattern.Exactly("by_mood")] });
        const string Rows = "SELECT md5(string_agg(m || '/' || n, ',' ORDER BY n)) FROM ";
        Assert.Equal("by_mood,by_mood_0,by_mood_1", await TablesAsync(tree));
        Assert.Equal(await _scene.Server.PsqlAsync(source, Rows + "by_mood"), await _scene.Server.PsqlAsync(tree, Rows + "by_mood"));
        Assert.Equal(await EntriesAsync(source, "-s", "-t", "by_mood*"), await EntriesAsync(tree, "-s", "-t", "by_mood*"));
        Assert.Empty(_scene.Warnings);

        string leaf = RoundTripScene.NewName("leaf");
        await _scene.RestoreAsync(backup, leaf, o => o with { Tables = [NamePattern.Exactly("by_mood_1")] });
        Assert.Equal("by_mood_1", await TablesAsync(leaf));
        Assert.Equal(await _scene.Server.PsqlAsync(source, Rows + "by_mood_1"), await _scene.Server.PsqlAsync(leaf, Rows + "by_mood_1"));
        Assert.Equal("by_mood_1_n_idx", await _scene.Server.PsqlAsync(leaf, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"));
        Assert.Contains("by_mood_1", Assert.Single(_scene.Warnings));
    }

    [Fact]
    public async Task The_schema_alone_comes_back_as_pg_dump_sees_it_and_empty()
    {
        string source = await fixture.SampleAsync();
        string copy = RoundTripScene.NewName("bare");
        RestoreResult result = await _scene.RestoreAsync(await _scene.BackupAsync(source), copy, o => o with { SchemaOnly = true });
        Assert.Equal(await _scene.SchemaAsync(source), await _scene.SchemaAsync(copy));
        Assert.Equal((0, 0), (result.Tables, result.Rows));
        Assert.Equal("0", await _scene.Server.PsqlAsync(copy, "SELECT count(*) FROM midst.notes"));
        Assert.Equal("0|0", await _scene.Server.PsqlAsync(copy, """
            SELECT (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_class WHERE relkind = 'm' AND relispopulated)
            """));
    }

    [Fact]
    public async Task Roles_that_are_gone_are_needed_only_for_what_names_them()
    {
        string owner = RoundTripScene.NewName("owner");
        string reader = RoundTripScene.NewName("reader");
        string source = await MakeAsync($"""
            CREATE ROLE {owner}; CREATE ROLE {reader};
            CREATE TABLE t AS SELECT generate_series(1, 10) AS a; CREATE TABLE other AS SELECT 1 AS a;
            ALTER TABLE t OWNER TO {owner};
            SELECT lo_from_bytea(4711, 'large'); ALTER LARGE OBJECT 4711 OWNER TO {owner};
            GRANT SELECT ON LARGE OBJECT 4711 TO {reader};
            GRANT SELECT ON t TO {reader};
            ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {reader};
            """);
        BackupRecord backup = await _scene.BackupAsync(source);
        await _scene.Server.PsqlAsync("postgres", $"DROP DATABASE {source}");
        await _scene.Server.PsqlAsync("postgres", $"DROP ROLE {owner}; DROP ROLE {reader}");
        string copy = RoundTripScene.NewName("copy");
        foreach ((Func<RestoreOptions, RestoreOptions> with, bool both) in ((Func<RestoreOptions, RestoreOptions>, bool)[])
            [(o => o, true), (o => o with { NoPrivileges = true }, false)])
        {
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, copy, with));
            Assert.Equal(ErrorIds.RequirementMissing, refused.Id);
            Assert.Contains(owner, refused.Message);
            Assert.Equal(both, refused.Message.Contains(reader));
        }

        await _scene.RestoreAsync(backup, copy, o => o with { NoOwner = true, NoPrivileges = true });
        Assert.Equal("postgres||postgres|", await _scene.Server.PsqlAsync(copy, """
            SELECT relowner::regrole, relacl, lomowner::regrole, lomacl FROM pg_class, pg_largeobject_metadata WHERE relname = 't'
            """));
        string part = RoundTripScene.NewName("part");
        await _scene.RestoreAsync(backup, part, o => o with { Tables = [NamePattern.Exactly("other")] });
        Assert.Equal("other", await TablesAsync(part));
    }

    [Fact]
    public async Task A_role_that_is_taken_owns_what_has_no_other_owner()
    {
        string role = RoundTripScene.NewName("taken");
        await _scene.Server.PsqlAsync("postgres", $"CREATE ROLE {role} CREATEDB");
        string source = await MakeAsync("""
            CREATE TABLE t (id serial PRIMARY KEY, a int); INSERT INTO t (a) SELECT generate_series(1, 10);
            SELECT lo_from_bytea(4711, 'large'); GRANT SELECT ON t TO PUBLIC;
            """);
        BackupRecord backup = await _scene.BackupAsync(source);
        string copy = RoundTripScene.NewName("copy");
        await _scene.RestoreAsync(backup, copy, o => o with { NoOwner = true, NoPrivileges = true, Role = role });
        Assert.Equal($"{role}|{role}|{role}", await _scene.Server.PsqlAsync(copy, """
            SELECT relowner::regrole, lomowner::regrole, datdba::regrole FROM pg_class, pg_largeobject_metadata, pg_database
            WHERE relname = 't' AND datname = current_database()
            """));
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, copy + "2", o => o with { Role = "nobody at all" }));
        Assert.Equal(ErrorIds.RequirementMissing, refused.Id);
    }

    [Fact]
    public async Task A_dump_of_pg_dump_can_do_without_owners_grants_and_rows_but_not_give_parts()
    {
        string role = RoundTripScene.NewName("gone");
        string source = await MakeAsync($"""
            CREATE ROLE {role};
            CREATE TABLE t AS SELECT generate_series(1, 10) AS a; ALTER TABLE t OWNER TO {role}; GRANT SELECT ON t TO {role};
            CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t; SELECT lo_from_bytea(4711, 'large'); CREATE SEQUENCE s; SELECT nextval('s');
            """);
        BackupRecord foreign = await _scene.AddForeignAsync("foreign.sql", Encoding.UTF8.GetBytes(await _scene.Server.PgDumpAsync(source)));
        BackupRecord inserts = await _scene.AddForeignAsync("inserts.sql", Encoding.UTF8.GetBytes(
            await _scene.Server.PgDumpAsync(source, "--inserts", "--use-set-session-authorization")));
        await _scene.Server.PsqlAsync("postgres", $"DROP DATABASE {source}");
        await _scene.Server.PsqlAsync("postgres", $"DROP ROLE {role}");
        const string Facts = """
            SELECT (SELECT count(*) FROM t), relowner::regrole, relacl, (SELECT count(*) FROM pg_largeobject_metadata),
                   (SELECT relispopulated FROM pg_class WHERE relname = 'm'), (SELECT is_called FROM s) FROM pg_class WHERE relname = 't'
            """;
        foreach (BackupRecord backup in (BackupRecord[])[foreign, inserts])
        {
            string copy = RoundTripScene.NewName("copy");
            await _scene.RestoreAsync(backup, copy, o => o with { NoOwner = true, NoPrivileges = true });
            Assert.Equal("10|postgres||1|t|t", await _scene.Server.PsqlAsync(copy, Facts));
            string bare = RoundTripScene.NewName("bare");
            await _scene.RestoreAsync(backup, bare, o => o with { NoOwner = true, NoPrivileges = true, SchemaOnly = true });
            Assert.Equal("0|postgres||0|f|f", await _scene.Server.PsqlAsync(bare, Facts));
        }

        foreach (Func<RestoreOptions, RestoreOptions> with in (Func<RestoreOptions, RestoreOptions>[])
            [o => o with { Tables = [NamePattern.Exactly("t")] }, o => o with { Schemas = [NamePattern.Exactly("public")] }])
        {
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(foreign, "never", with));
            Assert.Equal(ErrorIds.SelectionNotSupported, refused.Id);
        }
    }

    public void Dispose() => _scene.Dispose();

    private async Task<(string Source, BackupRecord Backup)> ShopAsync()
    {
        string source = await MakeAsync(Shop);
        return (source, await _scene.BackupAsync(source));
    }

    private async Task<string> MakeAsync(string sql)
    {
        string name = RoundTripScene.NewName("parts");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, sql);
        return name;
    }

    /// <summary>What pg_dump writes, object by object: their order depends on what else there is.</summary>
    private async Task<IEnumerable<string>> EntriesAsync(string database, params string[] arguments) =>
        (await _scene.DumpAsync(database, arguments)).Split("\n--\n-- ").Order(StringComparer.Ordinal);

    private Task<string> TablesAsync(string database) => _scene.Server.PsqlAsync(database, """
        SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
        """);
}
