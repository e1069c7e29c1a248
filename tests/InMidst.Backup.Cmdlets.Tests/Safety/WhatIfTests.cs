using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Safety;

/// <summary>-WhatIf, -Confirm and what happens where nobody can be asked.</summary>
public sealed class WhatIfTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_backup_that_is_only_imagined_writes_nothing()
    {
        Assert.Empty(_desk.Run("Backup-MidstDatabase 'midst_*', crm @to -WhatIf").Output);
        Assert.False(Directory.Exists(_desk.File("backups")));
    }

    [Fact]
    public async Task A_restore_that_is_only_imagined_makes_nothing()
    {
        Assert.Empty(_desk.Run("Backup-MidstDatabase crm @to | Restore-MidstDatabase -TargetDatabase imagined @to -WhatIf").Output);
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname IN ('imagined') OR datname ~ 'midst_restoring'"));
    }

    [Fact]
    public void Sandboxes_are_neither_made_nor_removed_when_only_imagined()
    {
        Assert.Empty(_desk.Run("New-MidstSandbox -SampleData -WhatIf").Output);
        Assert.Empty(_desk.Run("Get-MidstSandbox | Where-Object OwnerProcessId -EQ $PID").Output);
        _desk.Run("$sandbox = New-MidstSandbox");
        try
        {
            _desk.Run("$sandbox | Remove-MidstSandbox -WhatIf");
            Assert.Single(_desk.Run("Get-MidstSandbox | Where-Object OwnerProcessId -EQ $PID").Output);
        }
        finally
        {
            _desk.Run("$sandbox | Remove-MidstSandbox -Confirm:$false");
        }
    }

    [Fact]
    public void What_would_happen_names_the_database_the_server_and_the_repository()
    {
        var host = new AnsweringHost((_, _) => 0);
        using var desk = new Desk(fixture, host);

        desk.Run("Backup-MidstDatabase crm @to -WhatIf");

        string line = Assert.Single(host.Lines, l => l.Contains("What if", StringComparison.Ordinal));
        Assert.Contains("'crm'", line, StringComparison.Ordinal);
        Assert.Contains(fixture.Server.Host, line, StringComparison.Ordinal);
        Assert.Contains(desk.File("backups"), line, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Server.Password, line, StringComparison.Ordinal);
    }

    [Fact]
    public void No_is_no()
    {
        using var desk = new Desk(fixture, new AnsweringHost((_, labels) => labels.ToList().FindIndex(label => label == "&No")));

        Assert.Empty(desk.Run("Backup-MidstDatabase crm @to -Confirm").Output);
        Assert.Empty(desk.Repository);
    }

    [Fact]
    public void Nothing_asks_by_itself()
    {
        // This host answers no question: any that is asked is an error.
        _desk.Run("""
            $sandbox = New-MidstSandbox
            try {
                $there = @{ HostName = $sandbox.HostName; Credential = $sandbox.Credential; Port = $sandbox.Port }
                Backup-MidstDatabase crm @to | Restore-MidstDatabase @there
                Get-MidstBackup | Test-MidstBackup @there
            }
            finally { $sandbox | Remove-MidstSandbox }
            """);
    }

    [Theory]
    [InlineData("Get-MidstBackup | Remove-MidstBackup", "crm_")]
    [InlineData("Repair-MidstRepository -MinimumAge 0", "midst_one_")]
    public void Where_nobody_can_be_asked_nothing_goes_and_the_error_says_how(string script, string named)
    {
        _desk.Run("$lost = Backup-MidstDatabase midst_one @to; Backup-MidstDatabase crm @to");
        File.Delete(_desk.One("$lost").Text("Path") + ".manifest.json");
        IReadOnlyList<string> before = _desk.Repository;

        ErrorRecord error = _desk.Error(script);

        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("-Confirm:$false", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(before, _desk.Repository);
    }

    [Theory]
    [InlineData("Backup-MidstDatabase", ConfirmImpact.Low)]
    [InlineData("Restore-MidstDatabase", ConfirmImpact.Medium)]
    [InlineData("New-MidstSandbox", ConfirmImpact.Low)]
    [InlineData("Remove-MidstSandbox", ConfirmImpact.Medium)]
    [InlineData("New-MidstKey", ConfirmImpact.Low)]
    [InlineData("Copy-MidstBackup", ConfirmImpact.Low)]
    [InlineData("Remove-MidstBackup", ConfirmImpact.High)]
    [InlineData("Repair-MidstRepository", ConfirmImpact.High)]
    public void Only_what_destroys_would_ask_by_itself(string cmdlet, ConfirmImpact impact)
    {
        var info = (CmdletInfo)_desk.One($"Get-Command {cmdlet}").BaseObject;
        CmdletAttribute attribute = info.ImplementingType.GetCustomAttributes(typeof(CmdletAttribute), inherit: false).Cast<CmdletAttribute>().Single();

        Assert.True(attribute.SupportsShouldProcess);
        Assert.Equal(impact, attribute.ConfirmImpact);
    }
}
