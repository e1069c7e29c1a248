using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Tests.Script;

public sealed class MetaCommandTests
{
    [Theory]
    [InlineData("\\restrict aB9\nSELECT 1;\n\\unrestrict aB9\n")]
    [InlineData("\\restrict aB9\r\nSELECT 1;\r\n\\unrestrict aB9")]
    [InlineData("\\restrict \t a\nSELECT 1;")]
    [InlineData("\\restrict a\n\\unrestrict a\n\\restrict b\nSELECT 1;\\unrestrict b")]
    public async Task Restrict_and_unrestrict_are_skipped(string script)
    {
        Assert.Equal(["SELECT 1"], await ScriptReading.Statements(script));
    }

    [Theory]
    [InlineData("SELECT 1;\n\\unrestrict a\n", "Line 2 holds \\unrestrict without a \\restrict before it.")]
    [InlineData("\\restrict a\n\\unrestrict b\n", "Line 2 holds \\unrestrict with another key than the \\restrict before it.")]
    [InlineData("\\restrict a\n\\unrestrict a\n\\unrestrict a\n", "Line 3 holds \\unrestrict without a \\restrict before it.")]
    [InlineData("\\restrict a\n\\restrict a\n", "Line 2 holds \\restrict although one is in force already.")]
    public async Task Keys_that_do_not_pair_are_refused(string script, string message)
    {
        var error = await ScriptReading.Failure(script);

        Assert.Equal((ErrorIds.ScriptInvalid, message), (error.Id, error.Message));
    }

    [Theory]
    [InlineData("\\restrict\n")]
    [InlineData("\\restrict `id`\n")]
    [InlineData("\\restrict a b\n")]
    [InlineData("\\restrict a \\! id\n")]
    [InlineData("\\restrict'a'\n")]
    public async Task A_key_pg_dump_would_not_write_is_refused(string script)
    {
        var error = await ScriptReading.Failure(script);

        Assert.Equal(ErrorIds.MetaCommandRefused, error.Id);
        Assert.Contains("\\restrict with something else", error.Message);
    }

    [Theory]
    [InlineData("\\! rm secret\n", "!")]
    [InlineData("\\!secret", "!")]
    [InlineData("\\i /secret\n", "i")]
    [InlineData("\\copy t from program 'secret'\n", "copy")]
    [InlineData("\\COPY\n", "COPY")]
    [InlineData("\\connect 'password=secret'\n", "connect")]
    [InlineData("\\connect\"secret\"", "connect")]
    [InlineData("\\unrestricted a\n", "unrestricted")]
    [InlineData("\\.\n", ".")]
    [InlineData("\\\\\n", "\\")]
    [InlineData("\\", "")]
    [InlineData("\\ secret", "")]
    public async Task Any_other_command_is_refused_by_name_without_its_arguments(string command, string name)
    {
        foreach (string before in (string[])["", "SELECT 1;\n", "SELECT 1\n", "SELECT 1 "])
        {
            var error = await ScriptReading.Failure(before + command);

            Assert.Equal(ErrorIds.MetaCommandRefused, error.Id);
            int line = before.EndsWith('\n') ? 2 : 1;
            Assert.Equal($"Line {line} holds the psql command \\{name}, which a restore does not run.", error.Message);
            Assert.Equal("\\" + name, error.Target);
            Assert.DoesNotContain("secret", error.ToString());
        }
    }

    [Theory]
    [InlineData("\\connect db\n")]
    [InlineData("\\c db\n")]
    public async Task A_connect_says_where_the_file_comes_from(string script)
    {
        var error = await ScriptReading.Failure(script);

        Assert.Contains("pg_dump --create or pg_dumpall", error.Guidance);
    }

    [Fact]
    public async Task A_command_line_without_end_is_refused()
    {
        var error = await ScriptReading.Failure("\\restrict a" + new string(' ', 5000) + "\nSELECT 1;");

        Assert.Equal(ErrorIds.MetaCommandRefused, error.Id);
    }

    [Fact]
    public async Task A_restrict_inside_a_statement_is_refused()
    {
        var error = await ScriptReading.Failure("SELECT 1\n\\restrict a\n;");

        Assert.Equal(ErrorIds.MetaCommandRefused, error.Id);
    }
}
