using System.Management.Automation;

namespace InMidst.Backup.Cmdlets.Tests.Help;

public sealed class GetHelpTests(StagedModule module) : IClassFixture<StagedModule>
{
    public static TheoryData<string> Cmdlets() => [.. StagedModule.PromisedCmdlets()];

    [Fact]
    public void Every_promised_cmdlet_is_exported() =>
        Assert.Equal(StagedModule.PromisedCmdlets().Order(StringComparer.Ordinal), module.Module.ExportedCmdlets.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_says_what_a_cmdlet_does(string cmdlet)
    {
        PSObject help = Help(cmdlet);
        // Without a help file PowerShell puts the syntax in place of the synopsis.
        string synopsis = Text(help, "Synopsis");
        Assert.NotEmpty(synopsis);
        Assert.DoesNotContain(cmdlet, synopsis, StringComparison.Ordinal);
        Assert.NotEmpty(Items(help.Properties["description"].Value));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_shows_two_examples_or_more(string cmdlet)
    {
        PSObject[] examples = Items(((PSObject)Help(cmdlet).Properties["examples"].Value).Properties["example"].Value);
        Assert.True(examples.Length >= 2);
        Assert.All(examples, example => Assert.NotEmpty(Text(example, "code")));
        Assert.All(examples, example => Assert.NotEmpty(Text(example, "title")));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_explains_every_parameter_the_cmdlet_has(string cmdlet)
    {
        string[] own = [.. module.Module.ExportedCmdlets[cmdlet].Parameters.Keys
            .Except(Cmdlet.CommonParameters)
            .Order(StringComparer.Ordinal)];
        PSObject[] explained = Parameters(Help(cmdlet));
        Assert.Equal(own, explained.Select(parameter => Text(parameter, "name")).Order(StringComparer.Ordinal));
        Assert.All(explained, parameter => Assert.NotEmpty(Text(Items(parameter.Properties["description"].Value)[0], "Text")));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_shows_one_syntax_per_parameter_set(string cmdlet)
    {
        PSObject[] syntax = Items(((PSObject)Help(cmdlet).Properties["syntax"].Value).Properties["syntaxItem"].Value);
        Assert.Equal(module.Module.ExportedCmdlets[cmdlet].ParameterSets.Count, syntax.Length);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Help_names_what_a_cmdlet_writes(string cmdlet)
    {
        PSObject returned = Items(((PSObject)Help(cmdlet).Properties["returnValues"].Value).Properties["returnValue"].Value)[0];
        string[] types = [.. module.Module.ExportedCmdlets[cmdlet].OutputType.Where(type => type.Type != typeof(void)).Select(type => type.Name)];
        Assert.Equal(types.FirstOrDefault() ?? "None", Text((PSObject)returned.Properties["type"].Value, "name"));
    }

    [Fact]
    public void The_about_topic_is_found()
    {
        string about = module.Run(shell => shell.AddCommand("Get-Help").AddParameter("Name", "about_InMidst.Backup")).Single().ToString();
        Assert.StartsWith("TOPIC", about, StringComparison.Ordinal);
        Assert.All(StagedModule.PromisedCmdlets().Where(cmdlet => !cmdlet.EndsWith("Sandbox", StringComparison.Ordinal)),
            cmdlet => Assert.Contains(cmdlet, about, StringComparison.Ordinal));
    }

    private PSObject Help(string cmdlet) =>
        module.Run(shell => shell.AddCommand("Get-Help").AddParameter("Name", cmdlet).AddParameter("Full")).Single();

    private static PSObject[] Parameters(PSObject help) => help.Properties["parameters"].Value is PSObject parameters
        ? Items(parameters.Properties["parameter"]?.Value)
        : [];

    private static PSObject[] Items(object? value) => value switch
    {
        null => [],
        object[] several => [.. several.Select(PSObject.AsPSObject)],
        PSObject { BaseObject: object[] several } => [.. several.Select(PSObject.AsPSObject)],
        _ => [PSObject.AsPSObject(value)],
    };

    private static string Text(PSObject of, string property) => of.Properties[property]?.Value?.ToString()?.Trim() ?? "";
}
