using System.IO.Compression;
using System.Management.Automation;
using System.Text;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Pipelines;

/// <summary>What a user types to get a database back.</summary>
public sealed class RestorePipelineTests(ServerFixture fixture) : IDisposable
{
    private static int _lastTarget;

    private readonly Desk _desk = new(fixture);
    private readonly string _target = "restored_" + Interlocked.Increment(ref _lastTarget);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task A_backup_pipes_into_a_restore()
    {
        PSObject restored = _desk.One($"Backup-MidstDatabase crm @to | Restore-MidstDatabase -TargetDatabase {_target} @to");

        Assert.Equal(_target, restored.Text("TargetDatabase"));
        Assert.Equal(fixture.Server.Host, restored.Text("HostName"));
        Assert.Equal((long)ServerFixture.Rows, restored.Get("Rows"));
        await AssertRestoredAsync();
    }

    [Fact]
    public async Task The_latest_of_a_database_is_found_by_listing()
    {
        _desk.Run("Backup-MidstDatabase crm @to");
        PSObject second = _desk.One("Backup-MidstDatabase crm @to");

        Assert.Equal(2, _desk.Run("Get-MidstBackup crm").Output.Count);
        PSObject restored = _desk.One($"Get-MidstBackup crm -Latest | Restore-MidstDatabase -TargetDatabase {_target} @to");

        Assert.Equal(second.Text("Id"), restored.Text("Id"));
        await AssertRestoredAsync();
    }

    [Theory]
    [InlineData("-Database crm -Latest")]
    [InlineData("-Id $backup.Id")]
    [InlineData("-Path $backup.Path")]
    [InlineData("-Path ./backups/crm_2*.sql.gz -ErrorAction Stop")]
    [InlineData("-Path ./backups/crm_latest.sql.gz")]
    [InlineData("-LiteralPath $backup.Path")]
    [InlineData("./backups/crm_latest.sql.gz")]
    public async Task A_backup_can_be_named_in_every_way(string how)
    {
        _desk.Run("$backup = Backup-MidstDatabase crm @to");

        PSObject restored = _desk.One($"Restore-MidstDatabase {how} -TargetDatabase {_target} @to");

        Assert.Equal(_desk.One("$backup.Id").ToString(), restored.Text("Id"));
        await AssertRestoredAsync();
    }

    [Theory]
    [InlineData("-Table people", "100")]
    [InlineData("-Table public.pe[o]pl?, other*", null)]
    [InlineData("-Table p* -SchemaOnly -NoOwner -NoPrivileges -NoTablespaces -ThrottleLimit 1", "0")]
    [InlineData("-Schema pub*", "100")]
    public async Task Parts_are_chosen_with_wildcards(string parts, string? rows)
    {
        PSObject backup = _desk.One("Backup-MidstDatabase crm @to");
        PsResult result = _desk.Shell.Run($"Restore-MidstDatabase {backup.Text("Path")} {parts} -TargetDatabase {_target} @to");
        if (rows is not null)
            Assert.Equal(rows, await fixture.Server.PsqlAsync(_target, "SELECT count(*) FROM people"));
        else
            Assert.Contains("'other*'", Assert.Single(result.Errors).Exception.Message);
    }

    [Fact]
    public async Task A_file_of_any_name_and_place_can_be_restored()
    {
        PSObject backup = _desk.One("Backup-MidstDatabase crm @to");
        Directory.CreateDirectory(_desk.File("old things"));
        File.Copy(backup.Text("Path"), _desk.File("old things", "my [best] dump"));

        PSObject restored = _desk.One($"Restore-MidstDatabase -LiteralPath './old things/my [best] dump' -TargetDatabase {_target} @to");

        Assert.Equal((long)ServerFixture.Rows, restored.Get("Rows"));
        await AssertRestoredAsync();
    }

    [Fact]
    public async Task What_pg_dump_wrote_is_restored_and_named_as_its_file()
    {
        WriteGzip("what was there before.sql.gz", await fixture.Server.PgDumpAsync("crm"));

        PSObject restored = _desk.One($"Restore-MidstDatabase -Path 'what was*.sql.gz' -TargetDatabase {_target} @to");

        Assert.Equal("what was there before", restored.Text("Id"));
        await AssertRestoredAsync();
    }

    [Fact]
    public async Task Files_from_the_pipeline_are_restored()
    {
        _desk.Run("Backup-MidstDatabase crm @to");

        // What Get-ChildItem, which the engine alone lacks, writes: a file with PowerShell's PSPath.
        _desk.Run($$"""
            $ExecutionContext.InvokeProvider.ChildItem.Get('./backups', $false) |
                Where-Object Name -Like 'crm_2*.sql.gz' |
                Restore-MidstDatabase -TargetDatabase {{_target}} @to
            """);

        await AssertRestoredAsync();
    }

    [Fact]
    public async Task Legacy_files_are_listed_as_foreign_and_restore_under_their_database_name()
    {
        Directory.CreateDirectory(_desk.File("backups"));
        WriteGzip("backups/legacy_app_20240102_030405.sql.gz", await fixture.Server.PgDumpAsync("crm"));

        PSObject listed = _desk.One("Get-MidstBackup");

        Assert.Equal("ForeignDump", listed.Text("Kind"));
        Assert.Equal("legacy_app", listed.Text("Database"));
        Assert.Equal(new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc), ((DateTime)listed.Get("Started")!).ToUniversalTime());
        Assert.Null(listed.Get("Rows"));
        PSObject restored = _desk.One("Get-MidstBackup legacy_app -Latest | Restore-MidstDatabase @to");
        Assert.Equal("legacy_app", restored.Text("TargetDatabase"));
        Assert.Equal("100", await fixture.Server.PsqlAsync("legacy_app", "SELECT count(*) FROM people"));
    }

    [Fact]
    public void One_backup_that_is_gone_does_not_hold_up_the_others()
    {
        _desk.Run("$backups = Backup-MidstDatabase crm, midst_one, midst_two @to; [IO.File]::Delete($backups[0].Path)");

        PsResult result = _desk.Shell.Run("$backups | Test-MidstBackup");

        Assert.Equal(["midst_one", "midst_two"], result.Output.Texts("Database"));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("BackupNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void One_name_that_leads_nowhere_does_not_hold_up_the_others()
    {
        _desk.Run("Backup-MidstDatabase crm @to");

        PsResult result = _desk.Shell.Run("Test-MidstBackup -Path ./nowhere.sql, ./backups/crm_latest.sql.gz");

        Assert.Equal(["crm"], result.Output.Texts("Database"));
        Assert.StartsWith("BackupNotFound,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    private async Task AssertRestoredAsync() =>
        Assert.Equal("100|5050", await fixture.Server.PsqlAsync(_target, "SELECT count(*), sum(id) FROM people"));

    private void WriteGzip(string name, string text)
    {
        using var gzip = new GZipStream(File.Create(_desk.File(name)), CompressionLevel.Fastest);
        gzip.Write(Encoding.UTF8.GetBytes(text));
    }
}
