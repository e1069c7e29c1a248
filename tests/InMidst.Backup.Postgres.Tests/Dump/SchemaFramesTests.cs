using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Dump;

/// <summary>pg_dump's sections, split and put into frames. tests/data/pg_dump/README.md says how they were made.</summary>
public sealed class SchemaFramesTests
{
    private static readonly string[] Stateful = ["default_tablespace", "default_table_access_method"];

    private static readonly FrameKind[] Order =
    [
        FrameKind.PreData, FrameKind.IndexesAndConstraints, FrameKind.ForeignKeys, FrameKind.Policies, FrameKind.Privileges,
        FrameKind.MaterializedViews, FrameKind.EventTriggers,
    ];

    [Fact]
    public async Task Every_statement_is_in_exactly_one_frame()
    {
        List<TocEntry> entries = await EntriesAsync();
        var written = new List<string>();
        foreach (FrameKind frame in Enum.GetValues<FrameKind>())
        {
            if (SchemaWriter.Write(entries, frame) is { } text)
                written.AddRange(await StatementsAsync(text));
        }

        IEnumerable<string> given = (await StatementsAsync(await FileAsync("pre-data"))).Concat(await StatementsAsync(await FileAsync("post-data")));
        Assert.Equal(
            given.Where(s => !IsPreamble(s) && !IsStateful(s)).Order(StringComparer.Ordinal),
            written.Where(s => !IsStateful(s)).Order(StringComparer.Ordinal));
        Assert.True(written.Count > 100);
    }

    [Fact]
    public async Task Within_a_frame_the_order_is_pg_dumps()
    {
        List<TocEntry> entries = await EntriesAsync();
        foreach (FrameKind frame in Order)
        {
            List<string> written = await StatementsAsync(SchemaWriter.Write(entries, frame)!);
            IEnumerable<string> expected = entries.Where(e => e.Frame == frame).SelectMany(e => e.Statements);
            Assert.Equal(expected, written.Where(s => !IsStateful(s)));
        }
    }

    [Fact]
    public async Task The_settings_in_force_at_each_statement_are_those_pg_dump_had_there()
    {
        Dictionary<string, string> before = [];
        foreach (string section in (string[])["pre-data", "post-data"])
        {
            foreach ((string statement, string settings) in await WithSettingsAsync(await FileAsync(section)))
                before.TryAdd(statement, settings);
        }

        List<TocEntry> entries = await EntriesAsync();
        int compared = 0;
        foreach (FrameKind frame in Order)
        {
            foreach ((string statement, string settings) in await WithSettingsAsync(SchemaWriter.Write(entries, frame)!))
            {
                Assert.Equal(before[statement], settings);
                compared += settings.Length > 0 ? 1 : 0;
            }
        }

        Assert.True(compared > 50);
        Assert.Equal(3, before.Values.Distinct().Count(s => s.Contains("default_tablespace", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_setting_is_not_repeated_while_it_holds()
    {
        string text = Encoding.Latin1.GetString(SchemaWriter.Write(await EntriesAsync(), FrameKind.IndexesAndConstraints)!);
        string[] changes = [.. text.Split('\n').Where(l => l.StartsWith("SET default_tablespace", StringComparison.Ordinal))];
        Assert.Equal(["SET default_tablespace = '';", "SET default_tablespace = fast;", "SET default_tablespace = '';"], changes);
    }

    [Theory]
    [InlineData("CREATE TABLE shop.customer", FrameKind.PreData)]
    [InlineData("CREATE FUNCTION shop.strange", FrameKind.PreData)]
    [InlineData("COMMENT ON CONSTRAINT positive ON DOMAIN", FrameKind.PreData)]
    [InlineData("COMMENT ON EXTENSION citext", FrameKind.PreData)]
    [InlineData("COMMENT ON VIEW shop.names", FrameKind.PreData)]
    [InlineData("COMMENT ON LARGE OBJECT 70001", FrameKind.PreData)]
    [InlineData("SELECT pg_catalog.lo_create('70001')", FrameKind.PreData)]
    [InlineData("ALTER TABLE ONLY shop.part ATTACH PARTITION shop.part_a", FrameKind.PreData)]
    [InlineData("ALTER TABLE ONLY shop.customer\n    ADD CONSTRAINT customer_pkey", FrameKind.IndexesAndConstraints)]
    [InlineData("COMMENT ON CONSTRAINT customer_pkey", FrameKind.IndexesAndConstraints)]
    [InlineData("COMMENT ON INDEX shop.customer_pkey", FrameKind.IndexesAndConstraints)]
    [InlineData("CREATE MATERIALIZED VIEW shop.summary", FrameKind.IndexesAndConstraints)]
    [InlineData("COMMENT ON MATERIALIZED VIEW shop.summary", FrameKind.IndexesAndConstraints)]
    [InlineData("CREATE INDEX plain_fast", FrameKind.IndexesAndConstraints)]
    [InlineData("ALTER INDEX shop.part_id ATTACH PARTITION shop.part_a", FrameKind.IndexesAndConstraints)]
    [InlineData("CREATE STATISTICS shop.plain_stat", FrameKind.IndexesAndConstraints)]
    [InlineData("CREATE OR REPLACE VIEW shop.grouped", FrameKind.IndexesAndConstraints)]
    [InlineData("CREATE RULE keep", FrameKind.IndexesAndConstraints)]
    [InlineData("COMMENT ON RULE keep", FrameKind.IndexesAndConstraints)]
    [InlineData("CREATE TRIGGER touch", FrameKind.IndexesAndConstraints)]
    [InlineData("ALTER TABLE shop.plain DISABLE TRIGGER touch", FrameKind.IndexesAndConstraints)]
    [InlineData("COMMENT ON TRIGGER touch", FrameKind.IndexesAndConstraints)]
    [InlineData("ALTER TABLE ONLY shop.\"Order; Type: TABLE\"\n    ADD CONSTRAINT order_customer", FrameKind.ForeignKeys)]
    [InlineData("COMMENT ON CONSTRAINT order_customer", FrameKind.ForeignKeys)]
    [InlineData("ALTER TABLE ONLY shop.plain\n    ADD CONSTRAINT plain_fk", FrameKind.ForeignKeys)]
    [InlineData("ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY", FrameKind.Policies)]
    [InlineData("CREATE POLICY own", FrameKind.Policies)]
    [InlineData("COMMENT ON POLICY own", FrameKind.Policies)]
    [InlineData("CREATE PUBLICATION pub ", FrameKind.Policies)]
    [InlineData("COMMENT ON PUBLICATION pub", FrameKind.Policies)]
    [InlineData("ALTER PUBLICATION pub ADD TABLE", FrameKind.Policies)]
    [InlineData("ALTER PUBLICATION pub_schema ADD TABLES IN SCHEMA", FrameKind.Policies)]
    [InlineData("GRANT USAGE ON SCHEMA shop", FrameKind.Privileges)]
    [InlineData("REVOKE ALL ON FUNCTION shop.strange", FrameKind.Privileges)]
    [InlineData("GRANT SELECT ON LARGE OBJECT 70001", FrameKind.Privileges)]
    [InlineData("GRANT UPDATE(name) ON TABLE shop.customer", FrameKind.Privileges)]
    [InlineData("ALTER DEFAULT PRIVILEGES", FrameKind.Privileges)]
    [InlineData("REFRESH MATERIALIZED VIEW shop.summary", FrameKind.MaterializedViews)]
    [InlineData("CREATE EVENT TRIGGER watch", FrameKind.EventTriggers)]
    [InlineData("ALTER EVENT TRIGGER watch OWNER TO", FrameKind.EventTriggers)]
    [InlineData("COMMENT ON EVENT TRIGGER watch", FrameKind.EventTriggers)]
    public async Task Each_statement_stands_in_its_frame(string start, FrameKind expected)
    {
        TocEntry entry = Assert.Single(await EntriesAsync(), e => e.Statements.Any(s => s.StartsWith(start, StringComparison.Ordinal)));
        Assert.Equal(expected, entry.Frame);
    }

    [Fact]
    public async Task What_looks_like_pg_dumps_lines_inside_a_text_stays_text()
    {
        List<TocEntry> entries = await EntriesAsync();
        Assert.DoesNotContain(entries, e => e.Name is "evil" or "x");
        TocEntry function = Assert.Single(entries, e => e.Name == "strange()");
        Assert.Contains("\n-- Name: evil; Type: EVENT TRIGGER; Schema: -; Owner: postgres\n", function.Statements[0]);
        Assert.Contains("SET default_tablespace = fast;", function.Statements[0]);
        Assert.Contains("-- PostgreSQL database dump complete", function.Statements[0]);
        TocEntry next = entries[entries.IndexOf(function) + 1];
        Assert.Empty(next.Settings);
    }

    [Fact]
    public async Task An_entry_knows_what_its_header_says()
    {
        List<TocEntry> entries = await EntriesAsync();
        TocEntry table = Assert.Single(entries, e => e.Name == "Order; Type: TABLE" && e.Type == "TABLE");
        Assert.Equal("shop", table.Schema);
        Assert.Equal("postgres", table.Owner);
        Assert.Equal("-- Name: Order; Type: TABLE; Type: TABLE; Schema: shop; Owner: postgres; Tablespace: fast", table.HeaderLine);
        Assert.Equal("SET default_tablespace = fast", table.Settings["default_tablespace"]);

        Assert.Equal("odd \"role", Assert.Single(entries, e => e.Name == "counter").Owner);
        Assert.Null(Assert.Single(entries, e => e.Type == "EXTENSION").Owner);
        Assert.Null(Assert.Single(entries, e => e.Type == "EXTENSION").Schema);
    }

    [Fact]
    public async Task An_entry_knows_its_number_and_what_it_needs()
    {
        const string Text = """
            --
            -- TOC entry 214 (class 1259 OID 16384)
            -- Name: a; Type: TABLE; Schema: public; Owner: postgres
            -- Data Pos: 0
            --

            CREATE TABLE public.a (id integer);

            --
            -- TOC entry 3395 (class 0 OID 0)
            -- Dependencies: 214 7 214
            -- Name: TABLE a; Type: ACL; Schema: public; Owner: postgres
            -- Data Pos: 0
            --

            GRANT SELECT ON TABLE public.a TO PUBLIC;

            --
            -- Name: b; Type: TABLE; Schema: public; Owner: postgres
            --

            CREATE TABLE public.b (id integer);

            """;
        SchemaSection section = await SchemaSection.ReadAsync(new MemoryStream(Encoding.Latin1.GetBytes(Text)), FrameKind.PreData, default);
        Assert.Equal([214, 3395, null], section.Entries.Select(e => e.Id));
        Assert.Equal([[], [214, 7], []], section.Entries.Select(e => e.Dependencies.ToArray()));
    }

    [Fact]
    public async Task Nobody_owns_the_comment_of_an_extension()
    {
        List<TocEntry> entries = await EntriesAsync();
        Assert.Null(Assert.Single(entries, e => e.Name == "EXTENSION citext").Owner);
        Assert.DoesNotContain("", entries.Select(e => e.Owner));
    }

    [Fact]
    public async Task The_preamble_is_the_session_settings()
    {
        SchemaSection section = await SectionAsync("pre-data", FrameKind.PreData);
        Assert.Equal("SET statement_timeout = 0", section.Preamble[0]);
        Assert.Contains("SET client_encoding = 'UTF8'", section.Preamble);
        Assert.Contains("SELECT pg_catalog.set_config('search_path', '', false)", section.Preamble);
        Assert.DoesNotContain(section.Preamble, s => s.Contains("default_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_section_that_ends_early_is_incomplete()
    {
        byte[] whole = await FileAsync("pre-data");
        Assert.True((await SchemaSection.ReadAsync(new MemoryStream(whole), FrameKind.PreData, default)).IsComplete);

        string text = Encoding.Latin1.GetString(whole);
        foreach (string before in (string[])["--\n-- Name: mood;", "--\n-- Name: customer;", "--\n-- PostgreSQL database dump complete"])
        {
            byte[] part = Encoding.Latin1.GetBytes(text[..text.IndexOf(before, StringComparison.Ordinal)]);
            Assert.False((await SchemaSection.ReadAsync(new MemoryStream(part), FrameKind.PreData, default)).IsComplete);
        }
    }

    [Fact]
    public async Task Where_reads_end_does_not_matter()
    {
        byte[] whole = await FileAsync("post-data");
        SchemaSection expected = await SectionAsync("post-data", FrameKind.IndexesAndConstraints);
        SchemaSection cut = await SchemaSection.ReadAsync(
            new Tests.Script.ChunkedStream(whole, () => 3), FrameKind.IndexesAndConstraints, default);
        Assert.Equal(expected.Entries.SelectMany(e => e.Statements), cut.Entries.SelectMany(e => e.Statements));
        Assert.Equal(expected.Entries.Select(e => (e.Name, e.Frame)), cut.Entries.Select(e => (e.Name, e.Frame)));
    }

    [Fact]
    public async Task A_frame_nothing_belongs_to_is_not_written()
    {
        SchemaSection section = await SectionAsync("pre-data", FrameKind.PreData);
        Assert.Null(SchemaWriter.Write(section.Entries, FrameKind.ForeignKeys));
        Assert.Null(SchemaWriter.Write([], FrameKind.PreData));
    }

    [Fact]
    public async Task Bytes_of_any_encoding_come_through()
    {
        byte[] text = Encoding.Latin1.GetBytes("--\n-- Name: t\u00e9; Type: TABLE; Schema: s\u00ff; Owner: o\u0080\n--\n\nCREATE TABLE \"s\u00ff\".\"t\u00e9\" ();\n");
        SchemaSection section = await SchemaSection.ReadAsync(new MemoryStream(text), FrameKind.PreData, default);
        TocEntry entry = Assert.Single(section.Entries);
        Assert.Equal(("t\u00e9", "s\u00ff", "o\u0080"), (entry.Name, entry.Schema, entry.Owner));
        byte[] written = SchemaWriter.Write(section.Entries, FrameKind.PreData)!;
        Assert.Contains("CREATE TABLE \"s\u00ff\".\"t\u00e9\" ();\n", Encoding.Latin1.GetString(written));
    }

    private static async Task<List<TocEntry>> EntriesAsync() =>
    [
        .. (await SectionAsync("pre-data", FrameKind.PreData)).Entries,
        .. (await SectionAsync("post-data", FrameKind.IndexesAndConstraints)).Entries,
    ];

    private static async Task<SchemaSection> SectionAsync(string name, FrameKind kind) =>
        await SchemaSection.ReadAsync(new MemoryStream(await FileAsync(name)), kind, default);

    private static Task<byte[]> FileAsync(string section) => File.ReadAllBytesAsync(DataFiles.Path("pg_dump", section + ".sql"));

    private static async Task<List<string>> StatementsAsync(byte[] text)
    {
        var statements = new List<string>();
        using var reader = new SqlScriptReader(new MemoryStream(text));
        while (await reader.ReadAsync(default) is { } item)
        {
            if (item.Kind != ScriptItemKind.Comment)
                statements.Add(item.Text);
        }

        return statements;
    }

    /// <summary>Each statement with the settings before it, as a new session would have them.</summary>
    private static async Task<List<(string Statement, string Settings)>> WithSettingsAsync(byte[] text)
    {
        var result = new List<(string, string)>();
        var inForce = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string statement in await StatementsAsync(text))
        {
            if (StatementInfo.TryParseSet(statement, out string name, out string value) && Stateful.Contains(name))
                inForce[name] = value;
            else if (!IsPreamble(statement))
                result.Add((statement, string.Join(", ", inForce)));
        }

        return result;
    }

    private static bool IsStateful(string statement) =>
        StatementInfo.TryParseSet(statement, out string name, out _) && Stateful.Contains(name);

    private static bool IsPreamble(string statement) => StatementInfo.TryParseSet(statement, out string name, out _) && !Stateful.Contains(name);
}
