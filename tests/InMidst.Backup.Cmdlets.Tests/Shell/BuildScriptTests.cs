using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace InMidst.Backup.Cmdlets.Tests.Shell;

/// <summary>build.ps1 has to run in midst, where there is nothing but the language and the core cmdlets.</summary>
public sealed class BuildScriptTests
{
    private static readonly string[] NativeCommands = ["dotnet"];
    private readonly ScriptBlockAst _script;
    private readonly ParseError[] _errors;

    public BuildScriptTests() => _script = Parser.ParseFile(Path.Combine(Tree.Root, "build.ps1"), out _, out _errors);

    [Fact]
    public void It_has_no_syntax_error() => Assert.Empty(_errors);

    [Fact]
    public void It_calls_only_what_midst_has()
    {
        using Runspace bare = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        bare.Open();
        HashSet<string> own = [.. Functions().Select(function => function.Name)];
        Assert.NotEmpty(CommandNames(_script));
        Assert.All(CommandNames(_script).Except(own).Except(NativeCommands), name => AssertKnown(bare, name));
    }

    [Fact]
    public void It_redirects_nothing_to_a_file() =>
        Assert.Empty(_script.FindAll(static ast => ast is FileRedirectionAst, searchNestedScriptBlocks: true));

    [Fact]
    public void Its_functions_are_short() =>
        Assert.All(Functions(), function => Assert.InRange(function.Extent.EndLineNumber - function.Extent.StartLineNumber + 1, 1, 25));

    [Fact]
    public void The_demo_uses_cmdlets_the_module_exports()
    {
        StringConstantExpressionAst demo = Assert.Single(_script.FindAll(static ast =>
            ast is StringConstantExpressionAst { StringConstantType: StringConstantType.SingleQuotedHereString }, true)
            .Cast<StringConstantExpressionAst>());
        ScriptBlockAst pipeline = Parser.ParseInput(demo.Value, out _, out ParseError[] errors);
        Assert.Empty(errors);
        string manifest = File.ReadAllText(Path.Combine(Tree.Root, "InMidst.Backup.psd1"));
        Assert.Equal(3, CommandNames(pipeline).Count());
        Assert.All(CommandNames(pipeline), name => Assert.Contains($"'{name}'", manifest, StringComparison.Ordinal));
    }

    private static void AssertKnown(Runspace runspace, string name)
    {
        using PowerShell lookup = PowerShell.Create(runspace);
        lookup.AddCommand("Get-Command").AddParameter("Name", name).AddParameter("CommandType", CommandTypes.Cmdlet);
        Assert.True(lookup.Invoke().Count == 1, $"{name} is not a command midst has.");
    }

    private static IEnumerable<string> CommandNames(ScriptBlockAst script) =>
        script.FindAll(static ast => ast is CommandAst, searchNestedScriptBlocks: true)
            .Cast<CommandAst>().Select(static command => command.GetCommandName()).OfType<string>().Distinct();

    private IEnumerable<FunctionDefinitionAst> Functions() =>
        _script.FindAll(static ast => ast is FunctionDefinitionAst, searchNestedScriptBlocks: true).Cast<FunctionDefinitionAst>();
}
