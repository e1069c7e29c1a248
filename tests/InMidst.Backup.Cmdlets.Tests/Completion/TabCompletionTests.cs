using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Help;

namespace InMidst.Backup.Cmdlets.Tests.Completion;

/// <summary>What the Tab key offers.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class TabCompletionTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Theory]
    [InlineData("Backup-MidstDatabase -Database mid")]
    [InlineData("Backup-MidstDatabase mid")]
    [InlineData("Backup-MidstDatabase crm -ExcludeDatabase mid")]
    [InlineData("Get-MidstDatabase MID")]
    [InlineData("Restore-MidstDatabase -Database crm -Latest -Replace -TargetDatabase mid")]
    public void Databases_of_the_server_of_the_environment_are_offered(string line)
    {
        using var environment = new EnvironmentScope(EnvironmentScope.Of(fixture.Server));

        Assert.Equal(["midst_one", "midst_two"], Complete(line));
    }

    [Fact]
    public void The_parameters_on_the_line_say_which_server()
    {
        _desk.Run("$where = $to.HostName; $number = $to.Port");

        Assert.Contains("crm", Complete("Backup-MidstDatabase -HostName $where -Port $number -Credential $credential -Database c"));
        Assert.Contains("crm", Complete(
            $"Get-MidstDatabase -ConnectionString 'host=127.0.0.1 port={fixture.Server.Port} user={fixture.Server.UserName} password={fixture.Server.Password}' -Database c"));
    }

    [Fact]
    public async Task Names_that_need_quotes_get_them()
    {
        await fixture.Server.CreateDatabaseAsync("zz it's odd");
        await fixture.Server.CreateDatabaseAsync("zz$x");
        using var environment = new EnvironmentScope(EnvironmentScope.Of(fixture.Server));

        Assert.Equal(["'zz it''s odd'", "'zz$x'"], Complete("Backup-MidstDatabase -Database zz").Order(StringComparer.Ordinal));
        Assert.Equal(["'zz it''s odd'"], Complete("Backup-MidstDatabase -Database 'zz it"));
    }

    [Theory]
    [InlineData("Backup-MidstDatabase -HostName 127.0.0.1 -Port 1 -Database x")]
    [InlineData("Backup-MidstDatabase -HostName 192.0.2.1 -Database x")]
    [InlineData("Backup-MidstDatabase -ConnectionString nonsense -Database x")]
    [InlineData("Get-MidstBackup -Repository ./nowhere -Database x")]
    [InlineData("Get-MidstBackup -Repository s3://bucket -Id x")]
    public void Where_nothing_can_be_found_nothing_is_offered_and_nothing_said(string line)
    {
        Assert.Empty(Press(line));
        Assert.Empty(_desk.Run("$Error").Output);
    }

    [Fact]
    public void A_server_that_does_not_answer_is_not_waited_for()
    {
        using var deaf = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        deaf.Start();
        int port = ((System.Net.IPEndPoint)deaf.LocalEndpoint).Port;
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Assert.Empty(Press($"Backup-MidstDatabase -HostName 127.0.0.1 -Port {port} -Database x"));

        // One second by design; the rest is for a machine that is busy. Connecting alone would be given 15.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("Get-MidstBackup -Database ")]
    [InlineData("Get-MidstBackup ")]
    [InlineData("Restore-MidstDatabase -Latest -Database ")]
    [InlineData("Test-MidstBackup -Database ")]
    public void Databases_that_have_backups_are_offered(string line)
    {
        _desk.Run("Backup-MidstDatabase midst_one, crm @to");

        Assert.Equal(["crm", "midst_one"], Complete(line));
    }

    [Theory]
    [InlineData("Get-MidstBackup -Id ")]
    [InlineData("Restore-MidstDatabase -Id ")]
    [InlineData("Test-MidstBackup -Repository ./backups -Id ")]
    [InlineData("Test-MidstBackup -Repository $elsewhere -Id ")]
    public void Ids_of_backups_are_offered_newest_first(string line)
    {
        _desk.Run("$elsewhere = \"$directory/backups\"; $backups = Backup-MidstDatabase crm, midst_one @to");

        Assert.Equal(_desk.Run("$backups[1].Id; $backups[0].Id").Values, Complete(line));
        Assert.Equal(_desk.Run("$backups[0].Id").Values, Complete(line + "cr"));
    }

    [Fact]
    public void Ids_of_sandboxes_are_offered()
    {
        string id = _desk.One("($sandbox = New-MidstSandbox).Id").ToString();
        try
        {
            Assert.Contains(id, Complete("Get-MidstSandbox ").Select(offer => offer.Trim('\'')));
            Assert.Contains(id, Complete("Remove-MidstSandbox -Id ").Select(offer => offer.Trim('\'')));
        }
        finally
        {
            _desk.Run("$sandbox | Remove-MidstSandbox");
        }
    }

    /// <summary>Presses Tab until something is offered: on a machine that is busy a second may pass without an answer.</summary>
    private IReadOnlyList<string> Complete(string line)
    {
        IReadOnlyList<string> offered = [];
        SpinWait.SpinUntil(() => (offered = Press(line)).Count > 0, Hosting.PsInvocation.Patience);
        return offered;
    }

    private IReadOnlyList<string> Press(string line)
    {
        _desk.Shell.Set("line", line);
        return [.. _desk.Run("[System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches | Where-Object ResultType -EQ ParameterValue")
            .Output.Texts("CompletionText")];
    }
}
