using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Pipelines;

/// <summary>The demonstration, as it is typed.</summary>
public sealed class SandboxPipelineTests(ServerFixture fixture) : IDisposable
{
    private const string Mine = "Get-MidstSandbox | Where-Object OwnerProcessId -EQ $PID";

    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void The_sample_database_is_backed_up_and_proven_by_a_restore()
    {
        PsResult result = _desk.Run("""
            New-MidstSandbox -SampleData -Scale 0.01 -OutVariable sandbox | Backup-MidstDatabase | Test-MidstBackup -Level Restore
            $sandbox | Remove-MidstSandbox
            """);

        PSObject test = Assert.Single(result.Output)!;
        Assert.Equal("Restore", test.Text("Level"));
        Assert.Equal("", string.Join("; ", (string[])test.Get("Failures")!));
        Assert.Equal("Passed", test.Text("Verdict"));
        Assert.True((long)test.Get("Rows")! > 1000);
        Assert.True((long)test.Get("LargeObjects")! > 0);
        Assert.True((int)test.Get("Sequences")! > 0);
        Assert.Empty(_desk.Run(Mine).Output);
        Assert.False(Directory.Exists(_desk.One("$sandbox[0].Directory").ToString()));
        PSObject listed = _desk.One("Get-MidstBackup");
        Assert.Equal("midst", listed.Text("Database"));
        Assert.Equal("Restore", listed.Text("ProofLevel"));
    }

    [Fact]
    public void A_sandbox_is_listed_without_its_password_until_it_is_removed()
    {
        PSObject made = _desk.One("($sandbox = New-MidstSandbox)");
        try
        {
            PSObject listed = _desk.One(Mine);

            Assert.Equal(made.Text("Id"), listed.Text("Id"));
            Assert.Equal(made.Text("HostName"), listed.Text("HostName"));
            Assert.NotNull(made.Get("Credential"));
            Assert.Null(listed.Get("Credential"));
            Assert.Equal(made.Text("Id"), _desk.One($"Get-MidstSandbox {made.Text("Id")[..4]}*").Text("Id"));
        }
        finally
        {
            _desk.Run("$sandbox | Remove-MidstSandbox");
        }

        Assert.Empty(_desk.Run(Mine).Output);
        ErrorRecord error = _desk.Error("$sandbox | Remove-MidstSandbox");
        Assert.StartsWith("SandboxNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(made.Text("Id"), error.TargetObject);
    }
}
