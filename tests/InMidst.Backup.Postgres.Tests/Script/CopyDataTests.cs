using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

public sealed class CopyDataTests
{
    [Theory]
    [InlineData("COPY t FROM stdin")]
    [InlineData("copy public.\"from;\" (a, \"b(\") from STDIN with (format csv, header)")]
    [InlineData("COPY \"t\" WITH OIDS FROM stdin USING DELIMITERS '|'")]
    [InlineData("COPY BINARY t FROM stdin")]
    [InlineData("COPY public.empty  FROM /* x */ stdin")]
    public async Task Data_follow_a_copy_from_stdin(string copy)
    {
        var pieces = await ScriptReading.Pieces(copy + ";\na\n\\.\nSELECT 1;");

        Assert.Equal(
            [new Piece(ScriptItemKind.Copy, copy, 1, "a\n"), new Piece(ScriptItemKind.Statement, "SELECT 1", 4)], pieces);
    }

    [Theory]
    [InlineData("COPY t TO stdout")]
    [InlineData("COPY t FROM '/file'")]
    [InlineData("COPY t FROM \"stdin\"")]
    [InlineData("COPY (SELECT * FROM stdin) TO stdout")]
    [InlineData("SELECT copy FROM stdin")]
    public async Task No_data_follow_anything_else(string statement)
    {
        var pieces = await ScriptReading.Pieces(statement + ";\nSELECT 1;");

        Assert.Equal([ScriptItemKind.Statement, ScriptItemKind.Statement], pieces.Select(p => p.Kind));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\\N\n\\\\.\n")]
    [InlineData("\\.x\n\\..\n")]
    [InlineData("\\.\r\r\n")]
    [InlineData("\\.\rx\n")]
    [InlineData("x\\.\n\\\n")]
    [InlineData(" \\.\n")]
    [InlineData("a\r\n\\N\r\n")]
    [InlineData("'; \" $$ /* -- \n")]
    [InlineData("\\restrict x\n\\connect y\n")]
    [InlineData("\u0001\u00FF\n")]
    public async Task Data_come_as_they_are_up_to_the_line_that_ends_them(string data)
    {
        foreach (string end in (string[])["\\.\n", "\\.\r\n"])
        {
            var pieces = await ScriptReading.Pieces($"COPY t FROM stdin;\n{data}{end}SELECT 1;");

            Assert.Equal((ScriptItemKind.Copy, data), (pieces[0].Kind, pieces[0].Data));
            Assert.Equal(new Piece(ScriptItemKind.Statement, "SELECT 1", 3 + data.Count(c => c == '\n')), pieces[1]);
        }
    }

    [Theory]
    [InlineData("\\.")]
    [InlineData("\\.\r")]
    public async Task The_line_that_ends_data_may_be_the_last_without_a_newline(string end)
    {
        Assert.Equal([new Piece(ScriptItemKind.Copy, "COPY t FROM stdin", 1, "a\n")], await ScriptReading.Pieces("COPY t FROM stdin;\na\n" + end));
    }

    [Theory]
    [InlineData("COPY public.t (a) FROM stdin;", "public.t")]
    [InlineData("COPY public.t (a) FROM stdin;\n", "public.t")]
    [InlineData("COPY \"a;b\".\"t\"\"x\" FROM stdin;\n1\n", "\"a;b\".\"t\"\"x\"")]
    [InlineData("COPY BINARY t FROM stdin;\n1\n\\", "t")]
    [InlineData("COPY binary FROM stdin;\n1\n\\.x", "binary")]
    [InlineData("COPY tablé FROM stdin;\n1\nx\\.\n", "tablé")]
    public async Task A_script_that_ends_inside_data_is_corrupt(string script, string table)
    {
        var error = await ScriptReading.Failure(Encoding.UTF8.GetBytes(script));

        Assert.Equal(ErrorIds.BackupCorrupt, error.Id);
        Assert.Equal($"The script ends inside the data of table {table}.", error.Message);
        Assert.Equal(table, error.Target);
    }

    [Fact]
    public async Task A_comment_behind_the_statement_is_skipped_and_anything_else_refused()
    {
        Assert.Equal(
            [new Piece(ScriptItemKind.Copy, "COPY t FROM stdin", 1, "a\n")],
            await ScriptReading.Pieces("COPY t FROM stdin; \t-- x\r\na\n\\.\n"));

        var error = await ScriptReading.Failure("COPY t FROM stdin; SELECT 1;\na\n\\.\n");
        Assert.Equal(ErrorIds.ScriptInvalid, error.Id);

        var endless = await ScriptReading.Failure("COPY t FROM stdin; --" + new string('x', 70_000) + "\na\n\\.\n");
        Assert.Equal(ErrorIds.ScriptInvalid, endless.Id);
    }

    [Fact]
    public async Task Data_that_are_not_read_are_skipped()
    {
        byte[] script = Encoding.Latin1.GetBytes($"COPY t FROM stdin;\n1\n2;'\n{new string('x', 2000)}\n\\.\nSELECT 1;\nCOPY u FROM stdin;\nx\n\\.\n");
        for (int read = 0; read < 4; read++)
        {
            using var reader = new SqlScriptReader(new ChunkedStream(script, () => 1));
            Assert.Equal("COPY t FROM stdin", (await reader.ReadAsync(default))!.Text);
            for (int i = 0; i < read; i++)
                Assert.False((await reader.ReadCopyDataAsync(default)).IsEmpty);
            Assert.Equal(new ScriptItem(ScriptItemKind.Statement, "SELECT 1", 6), await reader.ReadAsync(default));
            Assert.True((await reader.ReadCopyDataAsync(default)).IsEmpty);
            Assert.Equal(ScriptItemKind.Copy, (await reader.ReadAsync(default))!.Kind);
            Assert.Null(await reader.ReadAsync(default));
            Assert.Equal(10, reader.Line);
        }
    }

    [Fact]
    public async Task The_end_is_found_wherever_a_buffer_ends()
    {
        for (int rows = 0; rows < 40; rows++)
        {
            string data = new string('r', rows) + "\n\\N\t\\\\.\n";
            byte[] script = Encoding.Latin1.GetBytes($"COPY t FROM stdin;\n{data}\\.\nSELECT 1;\n");
            for (int size = 16; size < 48; size++)
            {
                var pieces = await ScriptReading.Read(script, () => int.MaxValue, new SqlScriptReaderOptions { BufferBytes = size });
                Assert.Equal((2, data), (pieces.Count, pieces[0].Data));
            }
        }
    }
}
