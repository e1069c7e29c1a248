using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;

namespace InMidst.Backup.Cmdlets.Tests.Safety;

/// <summary>Objects as they come back from Start-Job, a remote session or Export-Clixml.</summary>
public sealed class SerializedObjectTests(ServerFixture fixture) : IDisposable
{
    private const string Travel = "[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_))";

    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_backup_that_travelled_is_still_a_backup()
    {
        _desk.Run($"$backup = Backup-MidstDatabase crm @to; $travelled = $backup | ForEach-Object {{ {Travel} }}");

        Assert.Equal("Deserialized.InMidst.Backup.MidstBackup", _desk.One("$travelled.PSTypeNames[0]").ToString());
        Assert.Equal([true], _desk.Run("$travelled | Test-MidstBackup -Quiet").Values);
        Assert.Equal("travelled", _desk.One("$travelled | Restore-MidstDatabase -TargetDatabase travelled @to").Text("TargetDatabase"));
        Assert.Equal(_desk.One("$backup.Id").ToString(), _desk.One("$travelled | Get-MidstBackup").Text("Id"));
    }

    [Fact]
    public void A_database_that_travelled_can_be_backed_up()
    {
        // The password does not travel between machines, and no pipeline may depend on it.
        _desk.Run($"$travelled = Get-MidstDatabase crm @to | ForEach-Object {{ {Travel} }}");

        Assert.Equal("crm", _desk.One("$travelled | Backup-MidstDatabase -Credential $credential").Text("Database"));
    }

    [Fact]
    public void Numbers_and_times_stay_numbers_and_times()
    {
        PSObject travelled = _desk.One($"Backup-MidstDatabase crm @to | ForEach-Object {{ {Travel} }}");

        Assert.IsType<long>(travelled.Get("Size"));
        Assert.IsType<long>(travelled.Get("Rows"));
        Assert.IsType<TimeSpan>(travelled.Get("Duration"));
    }
}
