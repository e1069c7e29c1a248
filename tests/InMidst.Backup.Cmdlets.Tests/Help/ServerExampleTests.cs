using InMidst.Backup.Cmdlets.Tests.Fixtures;

namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>The examples that need a server, against one that may be thrown away.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class ServerExampleTests(ServerFixture fixture)
{
    public static TheoryData<string, int> NeedServer()
    {
        var rows = new TheoryData<string, int>();
        foreach (Example example in Example.Marked("server"))
            rows.Add(example.Cmdlet, example.Number);
        return rows;
    }

    [Theory]
    [MemberData(nameof(NeedServer))]
    public void An_example_that_needs_a_server_runs(string cmdlet, int number)
    {
        Example example = Example.Marked("server").Single(e => e.Cmdlet == cmdlet && e.Number == number);
        Dictionary<string, string?> environment = EnvironmentScope.Of(fixture.Server);

        Assert.NotEmpty(ExampleRunner.Run(example, environment, before: "Backup-MidstDatabase -Database crm"));
    }
}
