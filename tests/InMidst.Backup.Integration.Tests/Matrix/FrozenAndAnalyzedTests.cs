using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Matrix;

/// <summary>On every major a restored table needs no VACUUM, and the planner knows it. What ANALYZE of a parent does differs between majors.</summary>
[Collection(nameof(MajorServers))]
public sealed class FrozenAndAnalyzedTests(MajorServers servers)
{
    // Autovacuum must not do what is asked of us.
    private const string Tables = """
        CREATE FUNCTION is_known() RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM pg_catalog.pg_stats WHERE tablename = ''plain'')';
        CREATE TABLE plain (a int, b text) WITH (autovacuum_enabled = off);
        INSERT INTO plain SELECT i, md5(i::text) FROM generate_series(1, 40000) i;
        CREATE TABLE "Other; table" (LIKE plain) WITH (autovacuum_enabled = off);
        INSERT INTO "Other; table" SELECT * FROM plain;
        CREATE TABLE small (a int, b text) WITH (autovacuum_enabled = off);
        INSERT INTO small SELECT i, md5(i::text) FROM generate_series(1, 25000) i;
        CREATE TABLE tree (a int, b text) PARTITION BY RANGE (a);
        CREATE TABLE leaf PARTITION OF tree FOR VALUES FROM (0) TO (40000) WITH (autovacuum_enabled = off);
        CREATE TABLE branch PARTITION OF tree FOR VALUES FROM (40000) TO (80000) PARTITION BY LIST (a);
        CREATE TABLE twig PARTITION OF branch DEFAULT WITH (autovacuum_enabled = off);
        INSERT INTO tree SELECT i, md5(i::text) FROM generate_series(0, 79999) i;
        CREATE TABLE parent (a int) WITH (autovacuum_enabled = off);
        INSERT INTO parent SELECT generate_series(1, 100);
        CREATE TABLE child () INHERITS (parent) WITH (autovacuum_enabled = off);
        INSERT INTO child SELECT generate_series(1, 100);
        CREATE INDEX ON plain (a);
        CREATE MATERIALIZED VIEW filled WITH (autovacuum_enabled = off) AS SELECT a, is_known() AS known FROM plain WHERE a <= 100;
        """;

    private const string Analyzed = """
        SELECT string_agg(name, ' ' ORDER BY name COLLATE "C")
        FROM (SELECT DISTINCT tablename || CASE WHEN inherited THEN '+' ELSE '' END FROM pg_stats WHERE schemaname = 'public') s(name)
        """;

    public static TheoryData<int> Majors => MatrixTests.Majors;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Majors))]
    public async Task Large_tables_are_frozen_and_all_are_analysed_once(int major)
    {
        using RoundTripScene scene = await servers.SceneAsync(major);
        (BackupRecord backup, string source) = await BackUpAsync(scene);
        string copy = RoundTripScene.NewName("frozen");
        await scene.RestoreAsync(backup, copy, o => o with { Workers = 2 });
        Assert.Equal("", await NotFrozenAsync(scene.Server, copy, "plain", "\"Other; table\"", "leaf", "twig"));
        Assert.Equal("small", await NotFrozenAsync(scene.Server, copy, "small"));
        Assert.Equal(
            "Other; table branch+ child filled leaf parent parent+ plain small tree+ twig", await scene.Server.PsqlAsync(copy, Analyzed));
        Assert.Equal("t", await scene.Server.PsqlAsync(copy, "SELECT bool_and(known) FROM filled"));
        Assert.Equal("f", await scene.Server.PsqlAsync(source, "SELECT bool_or(known) FROM filled"));
        Assert.Empty(scene.Warnings);

        // Counted some time after it happened, and never less than once: twice would stay.
        const string Counts = "SELECT min(analyze_count) || ' ' || max(analyze_count) FROM pg_stat_user_tables WHERE relname IN ('plain', 'leaf', 'twig', 'parent', 'child')";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (await scene.Server.PsqlAsync(copy, Counts) != "1 1")
            patience.Token.ThrowIfCancellationRequested();
    }

    [Theory, MemberData(nameof(Majors))]
    public async Task Parents_of_foreign_tables_are_left_alone_and_their_other_partitions_are_analysed(int major)
    {
        using RoundTripScene scene = await servers.SceneAsync(major);
        string source = RoundTripScene.NewName("abroad");
        await scene.Server.CreateDatabaseAsync(source);
        await scene.Server.PsqlAsync(source, """
            CREATE EXTENSION postgres_fdw;
            CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'host.invalid', port '1');
            CREATE USER MAPPING FOR PUBLIC SERVER elsewhere;
            CREATE TABLE split (a int) PARTITION BY RANGE (a);
            CREATE TABLE here PARTITION OF split FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (a);
            CREATE TABLE here_too PARTITION OF here FOR VALUES FROM (0) TO (10) WITH (autovacuum_enabled = off);
            INSERT INTO split VALUES (1), (2);
            CREATE FOREIGN TABLE far PARTITION OF split FOR VALUES FROM (10) TO (20) SERVER elsewhere;
            """);
        string copy = RoundTripScene.NewName("abroad");
        await scene.RestoreAsync(await scene.BackupAsync(source), copy);
        Assert.Empty(scene.Warnings);
        Assert.Equal("here+ here_too", await scene.Server.PsqlAsync(copy, Analyzed));
    }

    private static async Task<(BackupRecord Backup, string Source)> BackUpAsync(RoundTripScene scene)
    {
        string source = RoundTripScene.NewName("frozen");
        await scene.Server.CreateDatabaseAsync(source);
        await scene.Server.PsqlAsync(source, Tables);
        return (await scene.BackupAsync(source), source);
    }

    /// <summary>Those of the tables that have pages with rows that VACUUM would have to write.</summary>
    private static async Task<string> NotFrozenAsync(PostgresServer server, string database, params string[] tables)
    {
        await server.PsqlAsync(database, "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS pg_visibility");
        var notFrozen = new List<string>();
        foreach (string table in tables)
        {
            // From 16 a file grows by several pages at once, so that its last ones may be empty.
            string pages = await server.PsqlAsync(database, $"""
                SELECT count(*) || ' ' || count(*) FILTER (WHERE all_frozen AND pd_all_visible)
                FROM pg_visibility('{table}') WHERE blkno IN (SELECT (ctid::text::point)[0]::int FROM {table})
                """);
            if (pages.Split(' ') is not [var all, var frozen] || all == "0" || all != frozen)
                notFrozen.Add(table);
        }

        return string.Join(' ', notFrozen);
    }
}
