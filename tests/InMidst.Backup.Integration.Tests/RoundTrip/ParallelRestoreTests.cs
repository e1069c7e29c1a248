using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>However many connections load it, what comes back is the source.</summary>
public sealed class ParallelRestoreTests(PostgresFixture fixture) : IDisposable
{
    // Whatever may wait for each other: keys in both directions, trees of partitions, triggers and rules over several tables.
    private const string Entangled = """
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TABLE p (id int, d date, a int) PARTITION BY RANGE (d);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2025-07-01') TO ('2026-01-01') PARTITION BY LIST (a);
        CREATE TABLE p2a PARTITION OF p2 FOR VALUES IN (1, 2, 3);
        CREATE TABLE p2b PARTITION OF p2 DEFAULT;
        INSERT INTO p SELECT i, date '2025-01-01' + i, i % 7 FROM generate_series(0, 300) i;
        ALTER TABLE p ADD PRIMARY KEY (id, d, a);
        CREATE INDEX ON p (d); CREATE INDEX ON p (a, id); CREATE INDEX ON p1 (a);
        CREATE TRIGGER touch BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION touch();
        DO $$
        BEGIN
            FOR i IN 1..8 LOOP
                EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, other int, p_id int, p_d date, p_a int, note text)', i);
                EXECUTE format('INSERT INTO t%s SELECT n, n, n, date ''2025-01-01'' + n, n %% 7, md5(n::text) FROM generate_series(0, 300) n', i);
                EXECUTE format('CREATE INDEX ON t%s (note)', i);
                EXECUTE format('CREATE UNIQUE INDEX ident%s ON t%s (other)', i, i);
                EXECUTE format('CREATE STATISTICS s%s ON id, other FROM t%s', i, i);
                EXECUTE format('CREATE TRIGGER touch AFTER UPDATE ON t%s FOR EACH ROW EXECUTE FUNCTION touch()', i);
                EXECUTE format('ALTER TABLE t%s ADD CHECK (id >= 0) NOT VALID', i);
                EXECUTE format('COMMENT ON INDEX ident%s IS ''of %s''', i, i);
                EXECUTE format('ALTER TABLE t%s ALTER other SET NOT NULL, REPLICA IDENTITY USING INDEX ident%s, CLUSTER ON ident%s', i, i, i);
            END LOOP;
            FOR i IN 1..8 LOOP
                EXECUTE format('ALTER TABLE t%s ADD FOREIGN KEY (other) REFERENCES t%s', i, 1 + i % 8);
                EXECUTE format('ALTER TABLE t%s ADD FOREIGN KEY (other) REFERENCES t%s', 1 + i % 8, i);
                EXECUTE format('ALTER TABLE t%s ADD FOREIGN KEY (p_id, p_d, p_a) REFERENCES p', i);
                EXECUTE format('CREATE RULE r AS ON DELETE TO t%s DO ALSO DELETE FROM t%s WHERE false', i, 1 + i % 8);
            END LOOP;
        END $$;
        ALTER TABLE p ADD FOREIGN KEY (id) REFERENCES t1;
        CREATE TABLE ranges (r int4range, EXCLUDE USING gist (r WITH &&));
        INSERT INTO ranges SELECT int4range(i, i + 1) FROM generate_series(1, 50) i;
        CREATE VIEW grouped AS SELECT id, other FROM t1 GROUP BY id;
        CREATE MATERIALIZED VIEW filled AS SELECT id, other FROM t2 GROUP BY id;
        CREATE UNIQUE INDEX ON filled (id);
        CREATE FUNCTION late(int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(other) FROM (SELECT id, other FROM t3 GROUP BY id) g; END;
        """;

    private readonly RoundTripScene _scene = new(fixture);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task The_sample_comes_back_whole_with_any_number_of_workers(int workers)
    {
        string source = await fixture.SampleAsync();
        string copy = RoundTripScene.NewName("parallel");
        BackupRecord backup = await _scene.BackupAsync(source);
        RestoreResult result = await _scene.RestoreAsync(backup, copy, o => o with { Workers = workers });
        Assert.Equal(await _scene.SchemaAsync(source), await _scene.SchemaAsync(copy));
        Assert.Equal(await _scene.RowsAsync(source), await _scene.RowsAsync(copy));
        Assert.Equal(backup.Manifest!.Totals.Rows, result.Rows);
        Assert.Equal(backup.Manifest.Totals.Tables, result.Tables);
        Assert.Empty(_scene.Warnings);
    }

    [Fact]
    public async Task Tables_entangled_in_every_way_come_back_every_time()
    {
        string source = await MakeAsync(Entangled);
        BackupRecord backup = await _scene.BackupAsync(source);
        string expected = await _scene.DumpAsync(source);
        for (int i = 0; i < 4; i++)
        {
            string copy = RoundTripScene.NewName("entangled");
            await _scene.RestoreAsync(backup, copy, o => o with { Workers = 4 });
            Assert.Equal(expected, await _scene.DumpAsync(copy));
            await _scene.Server.PsqlAsync("postgres", $"DROP DATABASE {copy}");
        }
    }

    [Fact]
    public async Task Every_index_lies_in_the_tablespace_it_lay_in()
    {
        string fast = RoundTripScene.NewName("fast");
        string statements = string.Join('\n', Enumerable.Range(1, 10).Select(i =>
            $"CREATE TABLE t{i} (a int, b int){(i % 3 == 0 ? $" TABLESPACE {fast}" : "")}; CREATE INDEX i{i} ON t{i} (a){(i % 2 == 0 ? $" TABLESPACE {fast}" : "")}; CREATE INDEX j{i} ON t{i} (b);"));
        await _scene.Server.PsqlAsync("postgres", $"SET allow_in_place_tablespaces = on;\nCREATE TABLESPACE {fast} LOCATION '';");
        string source = await MakeAsync(statements);
        BackupRecord backup = await _scene.BackupAsync(source);
        const string Places = "SELECT relname, t.spcname FROM pg_class c LEFT JOIN pg_tablespace t ON t.oid = reltablespace WHERE relname ~ '^[tij][0-9]' ORDER BY 1";
        string copy = RoundTripScene.NewName("places");
        await _scene.RestoreAsync(backup, copy, o => o with { Workers = 4 });
        Assert.Contains($"i2|{fast}", await _scene.Server.PsqlAsync(copy, Places));
        Assert.Equal(await _scene.Server.PsqlAsync(source, Places), await _scene.Server.PsqlAsync(copy, Places));
        string flat = RoundTripScene.NewName("places");
        await _scene.Server.PsqlAsync("postgres", $"DROP DATABASE {source}");
        await _scene.Server.PsqlAsync("postgres", $"DROP DATABASE {copy}");
        await _scene.Server.PsqlAsync("postgres", $"DROP TABLESPACE {fast}");
        await _scene.RestoreAsync(backup, flat, o => o with { NoTablespaces = true });
        Assert.DoesNotContain(fast, await _scene.Server.PsqlAsync(flat, Places));
    }

    public void Dispose() => _scene.Dispose();

    private async Task<string> MakeAsync(string sql)
    {
        string name = RoundTripScene.NewName("parallel");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, sql);
        return name;
    }
}
