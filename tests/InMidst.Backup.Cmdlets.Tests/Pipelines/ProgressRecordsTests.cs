using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;

namespace InMidst.Backup.Cmdlets.Tests.Pipelines;

/// <summary>The bars a user sees while it takes its time.</summary>
public sealed class ProgressRecordsTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Every_cmdlet_has_one_bar_with_bytes_and_percentage_and_takes_it_down()
    {
        await fixture.Server.CreateDatabaseAsync("much");
        await fixture.FillAsync("much", rows: 200_000);

        IReadOnlyList<ProgressRecord> records = _desk.Run(
            "Backup-MidstDatabase much @to | Restore-MidstDatabase -TargetDatabase much_again @to; Get-MidstBackup | Test-MidstBackup").Progress;

        var bars = records.GroupBy(record => record.ActivityId).ToDictionary(bar => bar.First().Activity, bar => bar.ToList());
        Assert.Equal(3, bars.Count);
        Assert.Equal(["Backing up much", "Restoring much_again"], bars.Keys.Take(2));
        Assert.StartsWith("Testing much_2", bars.Keys.Last(), StringComparison.Ordinal);
        Assert.All(bars.Values, bar =>
        {
            Assert.Equal(ProgressRecordType.Completed, bar[^1].RecordType);
            Assert.All(bar, record => Assert.InRange(record.PercentComplete, -1, 100));
        });
        List<ProgressRecord> shown = [.. records.Where(record => record.RecordType == ProgressRecordType.Processing)];
        Assert.Contains(shown, record => record.PercentComplete is > 0 and < 100);
        Assert.Contains(shown, record => record.StatusDescription.Contains(" KB", StringComparison.Ordinal) || record.StatusDescription.Contains(" MB", StringComparison.Ordinal));
    }

    [Fact]
    public void A_failure_takes_the_bar_down_too()
    {
        IReadOnlyList<ProgressRecord> records = _desk.Shell.Run("Backup-MidstDatabase crm, no_such, midst_one @to").Progress;

        Assert.NotEmpty(records);
        Assert.Equal(ProgressRecordType.Completed, records[^1].RecordType);
        Assert.Single(records.Select(record => record.ActivityId).Distinct());
    }
}
