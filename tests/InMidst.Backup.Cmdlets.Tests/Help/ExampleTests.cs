namespace InMidst.Backup.Cmdlets.Tests.Help;

[Collection(ProcessEnvironment.Name)]
public class ExampleTests
{
    /// <summary>Nothing listens there: an example that is marked to need no server must not find one by chance.</summary>
    private static readonly Dictionary<string, string?> NoServer = new()
    {
        ["PGHOST"] = "/nowhere",
        ["PGPORT"] = "1",
        ["PGSERVICE"] = null,
        ["PGHOSTADDR"] = null,
    };

    public static TheoryData<string, int> NeedNothing() => Rows("alone");

    [Theory]
    [MemberData(nameof(NeedNothing))]
    public void An_example_that_needs_nothing_runs(string cmdlet, int number) =>
        ExampleRunner.Run(Example.Marked("alone").Single(example => example.Cmdlet == cmdlet && example.Number == number), NoServer);

    [Fact]
    public void Every_promised_cmdlet_has_listed_examples() => Assert.Equal(
        StagedModule.PromisedCmdlets().Order(StringComparer.Ordinal),
        new[] { "parsed", "alone", "server" }.SelectMany(Example.Marked).Select(example => example.Cmdlet).Distinct().Order(StringComparer.Ordinal));

    private static TheoryData<string, int> Rows(string run)
    {
        var rows = new TheoryData<string, int>();
        foreach (Example example in Example.Marked(run))
            rows.Add(example.Cmdlet, example.Number);
        return rows;
    }
}
