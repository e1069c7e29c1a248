namespace InMidst.Backup.Cmdlets.Tests.Shell;

public sealed class MidstExitCodeTests : IDisposable
{
    private readonly MidstRun _midst = new();

    public void Dispose() => _midst.Dispose();

    [Fact]
    public async Task A_script_hands_its_exit_code_on()
    {
        await _midst.With("s.ps1", "'before'; exit 7; 'after'").Run("-File", "s.ps1");
        Assert.Equal((7, "before\n", ""), (_midst.ExitCode, _midst.Output.ReplaceLineEndings("\n"), _midst.Error));
    }

    [Fact]
    public async Task A_script_that_ends_is_a_success_even_after_a_failed_native_command()
    {
        await _midst.With("s.ps1", "dotnet no-such-command; \"it was $LASTEXITCODE\"").Run("-File", "s.ps1");
        Assert.Equal(0, _midst.ExitCode);
        Assert.Contains("it was 1", _midst.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thrown_error_is_exit_code_1_and_stands_on_standard_error_with_its_line()
    {
        await _midst.With("s.ps1", "'first'\n\nthrow 'it broke'").Run("-File", "s.ps1");
        Assert.Equal(1, _midst.ExitCode);
        Assert.Equal("first", _midst.Output.Trim());
        Assert.Contains("s.ps1:3", _midst.Error, StringComparison.Ordinal);
        Assert.Contains("it broke", _midst.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_with_a_syntax_error_is_exit_code_1()
    {
        await _midst.With("s.ps1", "'never'\nif (1) {").Run("-File", "s.ps1");
        Assert.Equal((1, ""), (_midst.ExitCode, _midst.Output));
        Assert.Contains("Missing closing '}'", _midst.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 9", 9)]
    [InlineData("1 + 1", 0)]
    [InlineData("Get-Nothing", 1)]
    [InlineData("Get-Nothing; 'but then this'", 0)]
    [InlineData("dotnet no-such-command", 1)]
    [InlineData("throw 'x'", 1)]
    [InlineData("'unfinished", 1)]
    [InlineData("'with a comment' # at the end", 0)]
    [InlineData("begin { } end { Get-Nothing }", 0)]
    public async Task The_status_of_the_last_statement_is_the_exit_code_of_a_command(string command, int expected)
    {
        await _midst.Run("-Command", command);
        Assert.Equal(expected, _midst.ExitCode);
    }

    [Theory]
    [InlineData("is missing")]
    [InlineData("'-Frobnicate' is not an option", "-Frobnicate")]
    [InlineData("needs a value", "-File")]
    [InlineData("'missing.ps1' does not exist", "-File", "missing.ps1")]
    [InlineData("must end in .ps1", "-File", "note.txt")]
    public async Task A_wrong_command_line_is_exit_code_64_and_says_what_is_wrong(string expected, params string[] arguments)
    {
        await _midst.With("note.txt", "").Run(arguments);
        Assert.Equal(64, _midst.ExitCode);
        Assert.Contains(expected, _midst.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_stops_the_pipeline_and_finally_blocks_run(string signal, int expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no kill; the console's Ctrl-C event takes the same way.");
        _midst.With("wait.ps1", """
            try { 'ready'; while ($true) { [Threading.Thread]::Sleep(20) } }
            finally { [IO.File]::WriteAllText('finally.txt', 'ran') }
            """);
        await _midst.RunUntilReadyThenSignal(signal, "-File", "wait.ps1");
        Assert.Equal(expected, _midst.ExitCode);
        Assert.Equal("ran", await File.ReadAllTextAsync(Path.Combine(_midst.Directory, "finally.txt")));
    }
}
