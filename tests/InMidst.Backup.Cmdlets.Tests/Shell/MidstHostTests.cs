namespace InMidst.Backup.Cmdlets.Tests.Shell;

public sealed class MidstHostTests : IDisposable
{
    private readonly MidstRun _midst = new();

    public void Dispose() => _midst.Dispose();

    [Fact]
    public async Task A_bare_argument_is_the_command_and_the_words_are_joined()
    {
        await _midst.Run("'a'", "+", "'b'");
        Assert.Equal("ab", _midst.Output.Trim());
    }

    [Fact]
    public async Task A_line_written_for_pwsh_works()
    {
        await _midst.Run("-NoLogo", "-noprofile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-c", "$Host.Name");
        Assert.Equal("midst", _midst.Output.Trim());
    }

    [Fact]
    public async Task A_script_gets_names_switches_values_and_words_with_blanks()
    {
        _midst.With("s.ps1", "param($Name, [switch] $Loud, [bool] $Sure) \"$Name|$Loud|$Sure|$($args -join ',')\"");
        await _midst.Run("-File", "s.ps1", "-Name", "two words", "-Loud", "-Sure:$true", "rest", "-1");
        Assert.Equal("two words|True|True|rest,-1", _midst.Output.Trim());
    }

    [Fact]
    public async Task A_script_whose_path_has_quotes_knows_its_directory()
    {
        await _midst.With("it's [here]/s.ps1", "[IO.Path]::GetFileName($PSScriptRoot)").Run("-File", "it's [here]/s.ps1");
        Assert.Equal("it's [here]", _midst.Output.Trim());
    }

    [Fact]
    public async Task It_starts_where_it_was_called()
    {
        await _midst.Run("[IO.Path]::GetFileName($PWD.Path)");
        Assert.Equal(Path.GetFileName(_midst.Directory), _midst.Output.Trim());
    }

    [Fact]
    public async Task Output_is_formatted_by_the_engine_without_escape_sequences()
    {
        await _midst.Run("[pscustomobject] @{ Name = 'one'; Size = 1 }, [pscustomobject] @{ Name = 'two'; Size = 22 }");
        string[] lines = _midst.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["Name Size", "---- ----", "one     1", "two    22"], lines);
    }

    [Fact]
    public async Task Warnings_verbose_and_debug_lines_go_to_standard_error()
    {
        await _midst.Run("""
            function f { [CmdletBinding()] param() $PSCmdlet.WriteWarning('w'); $PSCmdlet.WriteVerbose('v'); 'out' }
            function g { [CmdletBinding()] param() $PSCmdlet.WriteDebug('d') }
            f -Verbose; g -Debug
            """);
        Assert.Equal("out", _midst.Output.Trim());
        Assert.Equal("WARNING: w|VERBOSE: v|DEBUG: d", _midst.Error.Trim().ReplaceLineEndings("|"));
    }

    [Fact]
    public async Task An_error_shows_what_to_do_about_it()
    {
        await _midst.Run("""
            function f {
                [CmdletBinding()] param()
                $record = [Management.Automation.ErrorRecord]::new([Exception]::new('no server'), 'Id', 'ConnectionError', $null)
                $record.ErrorDetails = [Management.Automation.ErrorDetails]::new('no server at db1')
                $record.ErrorDetails.RecommendedAction = 'start it'
                $PSCmdlet.WriteError($record)
            }
            f
            """);
        Assert.Equal((1, ""), (_midst.ExitCode, _midst.Output));
        Assert.Contains("no server at db1", _midst.Error, StringComparison.Ordinal);
        Assert.Contains("start it", _midst.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', _midst.Error);
    }

    [Fact]
    public async Task Progress_is_quiet_when_nobody_watches()
    {
        await _midst.Run("""
            function f { [CmdletBinding()] param() $PSCmdlet.WriteProgress([Management.Automation.ProgressRecord]::new(1, 'Backing up', 'shop')) }
            f; 'done'
            """);
        Assert.Equal(("done", ""), (_midst.Output.Trim(), _midst.Error));
    }

    [Theory]
    [InlineData("function f { [CmdletBinding()] param([Parameter(Mandatory)] $Name) }; f", "Name")]
    [InlineData("$Host.UI.PromptForChoice('Confirm', 'Sure?', [Management.Automation.Host.ChoiceDescription[]] ('&Yes', '&No'), 0)", "Sure?")]
    [InlineData("$Host.UI.ReadLine()", "a line of input")]
    [InlineData("$Host.UI.PromptForCredential('Sign in', 'Please', 'me', '')", "password")]
    public async Task A_question_is_an_error_when_nobody_can_answer(string command, string subject)
    {
        await _midst.Run("-Command", command);
        Assert.Equal((1, ""), (_midst.ExitCode, _midst.Output));
        Assert.Contains(subject, _midst.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_module_is_imported_unless_refused()
    {
        _midst.With("module/InMidst.Backup.psd1", "@{ RootModule = 'm.psm1'; ModuleVersion = '1.0'; FunctionsToExport = 'Get-Sign' }")
            .With("module/m.psm1", "function Get-Sign { 'of the module' }")
            .With("module/bin/InMidst.Backup.dll", "")
            .WithVariable("MIDST_MODULE", Path.Combine(_midst.Directory, "module"));
        await _midst.RunWithModule("Get-Sign");
        Assert.Equal("of the module", _midst.Output.Trim());
        await _midst.Run("-NonInteractive", "Get-Sign");
        Assert.Equal((1, ""), (_midst.ExitCode, _midst.Output));
    }

    [Theory]
    [InlineData("nowhere", "no module manifest")]
    [InlineData("unbuilt", "is not built")]
    public async Task A_module_that_is_not_there_is_said_so(string directory, string expected)
    {
        _midst.With("unbuilt/InMidst.Backup.psd1", "@{ ModuleVersion = '1.0' }")
            .WithVariable("MIDST_MODULE", Path.Combine(_midst.Directory, directory));
        await _midst.RunWithModule("'never'");
        Assert.Equal((1, ""), (_midst.ExitCode, _midst.Output));
        Assert.Contains(expected, _midst.Error, StringComparison.Ordinal);
    }
}
