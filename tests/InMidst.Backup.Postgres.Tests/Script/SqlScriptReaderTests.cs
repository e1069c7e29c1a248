using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

public sealed class SqlScriptReaderTests
{
    [Fact]
    public async Task A_dump_comes_as_comments_statements_and_copies_with_their_lines()
    {
        var pieces = await ScriptReading.Pieces("""
            --
            -- Name: t; Type: TABLE; Schema: public; Owner: me
            --

            CREATE TABLE public.t (
                id integer
            );


            COPY public.t (id) FROM stdin;
            1
            2
            \.


            SELECT 1; SELECT 2 ;-- PostgreSQL database dump complete

            """);

        Assert.Equal(
            [
                new Piece(ScriptItemKind.Comment, "--", 1),
                new Piece(ScriptItemKind.Comment, "-- Name: t; Type: TABLE; Schema: public; Owner: me", 2),
                new Piece(ScriptItemKind.Comment, "--", 3),
                new Piece(ScriptItemKind.Statement, "CREATE TABLE public.t (\n    id integer\n)", 5),
                new Piece(ScriptItemKind.Copy, "COPY public.t (id) FROM stdin", 10, "1\n2\n"),
                new Piece(ScriptItemKind.Statement, "SELECT 1", 16),
                new Piece(ScriptItemKind.Statement, "SELECT 2 ", 16),
                new Piece(ScriptItemKind.Comment, "-- PostgreSQL database dump complete", 16),
            ],
            pieces);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n \t\r\n\f")]
    [InlineData(";;\n;")]
    [InlineData("/* only /* this */ comment */")]
    [InlineData("\uFEFF")]
    public async Task A_script_of_nothing_has_no_items(string script)
    {
        Assert.Empty(await ScriptReading.Pieces(System.Text.Encoding.UTF8.GetBytes(script)));
    }

    [Fact]
    public async Task A_byte_order_mark_of_UTF_8_is_skipped()
    {
        Assert.Equal(["SELECT 1"], await ScriptReading.Statements("\u00EF\u00BB\u00BFSELECT 1;"));
    }

    [Fact]
    public async Task Windows_newlines_are_space_like_any_other()
    {
        var pieces = await ScriptReading.Pieces("-- a\r\nSELECT\r\n1;\r\nCOPY t FROM stdin;\r\nx\r\n\\.\r\nSELECT 2;\r\n");

        Assert.Equal(
            [
                new Piece(ScriptItemKind.Comment, "-- a", 1),
                new Piece(ScriptItemKind.Statement, "SELECT\r\n1", 2),
                new Piece(ScriptItemKind.Copy, "COPY t FROM stdin", 4, "x\r\n"),
                new Piece(ScriptItemKind.Statement, "SELECT 2", 7),
            ],
            pieces);
    }

    [Fact]
    public async Task A_block_comment_between_statements_is_skipped_and_one_inside_is_kept()
    {
        Assert.Equal(["SELECT /* b; */ 1", "SELECT 2"], await ScriptReading.Statements("/* a; */ SELECT /* b; */ 1; /**/ SELECT 2;"));
    }

    [Theory]
    [InlineData("SELECT 1", 1)]
    [InlineData("SELECT 1;\nSELECT (2;\n", 2)]
    [InlineData("SELECT 1;\n\nSELECT 'a;\n", 3)]
    [InlineData("SELECT E'a\\", 1)]
    [InlineData("SELECT \"a;\n", 1)]
    [InlineData("SELECT $a$;$b$ ", 1)]
    [InlineData("SELECT $a", 1)]
    [InlineData("\n/* a /* */", 2)]
    [InlineData("-", 1)]
    [InlineData("/", 1)]
    [InlineData("SELECT 1 -- a;", 1)]
    public async Task A_script_that_ends_inside_a_statement_is_refused(string script, int line)
    {
        var error = await ScriptReading.Failure(script);

        Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
        Assert.Equal($"The script ends inside a statement; it begins on line {line}.", error.Message);
    }

    [Fact]
    public async Task A_statement_may_be_as_long_as_the_limit_and_no_longer()
    {
        var options = new SqlScriptReaderOptions { MaxStatementBytes = 2000, BufferBytes = 64 };
        string fits = "SELECT '" + new string('x', 1991) + "'";

        var pieces = await ScriptReading.Pieces($"SELECT 1;\n{fits};\nSELECT 2;\n{fits};", options);
        Assert.Equal(["SELECT 1", fits, "SELECT 2", fits], pieces.Select(p => p.Text));

        var error = await ScriptReading.Failure($"SELECT 1;\n{fits} ;\n", options);
        Assert.Equal((ErrorIds.ScriptInvalid, "The statement that begins on line 2 is longer than 2000 bytes."), (error.Id, error.Message));
    }

    [Theory]
    [InlineData("--")]
    [InlineData("SELECT $")]
    [InlineData("SELECT $$")]
    [InlineData("SELECT --")]
    [InlineData("/*")]
    [InlineData("")]
    public async Task What_never_ends_stops_at_the_limit(string start)
    {
        var error = await ScriptReading.Failure(start + new string('x', 5000), new SqlScriptReaderOptions { MaxStatementBytes = 2000 });

        Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
        Assert.Contains("longer than 2000 bytes", error.Message);
    }

    [Fact]
    public async Task A_zero_byte_in_a_statement_is_refused()
    {
        var error = await ScriptReading.Failure(new string(' ', 600) + "SELECT '\0';");

        Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
        Assert.Contains("zero byte", error.Message);
    }

    [Fact]
    public async Task The_stream_stays_open_and_cancellation_is_heard()
    {
        using var stream = new MemoryStream("SELECT 1;"u8.ToArray());
        using (var reader = new SqlScriptReader(stream))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(new CancellationToken(true)));

        Assert.True(stream.CanRead);
    }
}
