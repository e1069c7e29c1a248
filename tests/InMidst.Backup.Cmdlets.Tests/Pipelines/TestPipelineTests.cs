using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Pipelines;

/// <summary>What a user types to prove backups.</summary>
public sealed class TestPipelineTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void The_latest_backup_is_tested_and_the_proof_is_listed()
    {
        _desk.Run("Backup-MidstDatabase crm @to");

        PSObject test = _desk.One("Get-MidstBackup crm -Latest | Test-MidstBackup");

        Assert.Equal("Content", test.Text("Level"));
        Assert.Equal(true, test.Get("Passed"));
        Assert.Equal((long)ServerFixture.Rows, test.Get("Rows"));
        PSObject table = Assert.Single(_desk.Run("(Get-MidstBackup crm -Latest | Test-MidstBackup).Tables").Output)!;
        Assert.Equal("public.people", table.ToString());
        Assert.Equal((long)ServerFixture.Rows, table.Get("ExpectedRows"));
        Assert.Equal(true, table.Get("Match"));
        PSObject listed = _desk.One("Get-MidstBackup crm");
        Assert.Equal("Passed", listed.Text("Proof"));
        Assert.Equal("Content", listed.Text("ProofLevel"));
        Assert.NotNull(listed.Get("ProvenAt"));
    }

    [Fact]
    public async Task A_proof_on_a_named_server_leaves_nothing_there()
    {
        string before = await DatabasesAsync();

        PSObject test = _desk.One("Backup-MidstDatabase crm @to | Test-MidstBackup -Level Restore @to");

        Assert.Equal(true, test.Get("Passed"));
        Assert.NotEqual("", test.Text("ServerVersion"));
        Assert.Equal(before, await DatabasesAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void As_many_connections_test_as_may(int limit) => Assert.Equal(true, _desk.One(
        $"Backup-MidstDatabase crm @to | Test-MidstBackup -Level Restore -ThrottleLimit {limit} @to").Get("Passed"));

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void As_many_connections_cannot_be_chosen(int limit)
    {
        PsResult result = _desk.Run($"try {{ Get-MidstBackup | Test-MidstBackup -ThrottleLimit {limit} }} catch {{ $_.FullyQualifiedErrorId }}");
        Assert.StartsWith("ParameterArgumentValidationError,", (string)Assert.Single(result.Values)!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_backup_is_a_result_with_the_reason()
    {
        _desk.Run("$backup = Backup-MidstDatabase crm @to");
        Damage(_desk.One("$backup.Path").ToString());

        PSObject test = _desk.One("$backup | Test-MidstBackup");

        Assert.Equal("Failed", test.Text("Verdict"));
        Assert.Equal(false, test.Get("Passed"));
        Assert.NotEmpty((string[])test.Get("Failures")!);
        Assert.Equal("Failed", _desk.One("Get-MidstBackup crm").Text("Proof"));
    }

    [Fact]
    public void Quiet_says_only_yes_or_no()
    {
        _desk.Run("$backups = Backup-MidstDatabase crm, midst_one @to");
        Damage(_desk.One("$backups[0].Path").ToString());

        Assert.Equal([false, true], _desk.Run("$backups | Test-MidstBackup -Quiet").Values);
        Assert.Equal([false, true], _desk.Run("Get-MidstBackup | Test-MidstBackup -Quiet -Level Stored").Values);
    }

    [Fact]
    public void In_whose_place_another_backup_was_put_is_neither_passed_nor_restored_nor_removed()
    {
        _desk.Run("""
            $first = Backup-MidstDatabase crm @to
            $second = Backup-MidstDatabase crm @to
            foreach ($suffix in '', '.manifest.json') { [IO.File]::Copy($second.Path + $suffix, $first.Path + $suffix, $true) }
            """);

        PsResult[] results =
        [
            _desk.Shell.Run("$first | Test-MidstBackup -Quiet"), _desk.Shell.Run("$first | Restore-MidstDatabase -TargetDatabase never @to"),
            _desk.Shell.Run("$first | Remove-MidstBackup -Confirm:$false"),
        ];

        Assert.Equal([false], results[0].Values);
        Assert.All(results, result => Assert.StartsWith("BackupCorrupt,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Contains(_desk.One("$second.Id").ToString(), results[1].Errors[0].ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_desk.One("$first.Path").ToString()));
    }

    [Fact]
    public void Backups_can_be_listed_by_name_id_and_time()
    {
        _desk.Run("$backups = Backup-MidstDatabase crm, midst_one, midst_two @to");

        Assert.Equal(["crm", "midst_one", "midst_two"], _desk.Run("Get-MidstBackup").Output.Texts("Database"));
        Assert.Equal(["midst_one", "midst_two"], _desk.Run("Get-MidstBackup 'midst_*' -Latest").Output.Texts("Database"));
        Assert.Equal(["crm"], _desk.Run("Get-MidstBackup -Id $backups[0].Id").Output.Texts("Database"));
        Assert.Equal(["crm"], _desk.Run("$backups[0] | Get-MidstBackup").Output.Texts("Database"));
        Assert.Equal(["midst_one"], _desk.Run("Get-MidstBackup -Id 'midst_one_*'").Output.Texts("Database"));
        Assert.Equal(["midst_one", "midst_two"], _desk.Run("Get-MidstBackup -Since $backups[1].Started").Output.Texts("Database"));
        Assert.Equal(["crm"], _desk.Run("Get-MidstBackup -Before $backups[1].Started").Output.Texts("Database"));
        Assert.Empty(_desk.Run("Get-MidstBackup 'nothing_like_*'").Output);
    }

    [Fact]
    public void A_database_that_is_named_and_has_no_backup_is_an_error_before_a_pipe_does_nothing()
    {
        _desk.Run("Backup-MidstDatabase crm @to");

        ErrorRecord error = _desk.Error("Get-MidstBackup midst_one, crm -Latest | Test-MidstBackup");

        Assert.StartsWith("BackupNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("midst_one", error.TargetObject);
        // That nothing is as new or as old as was asked is an answer.
        Assert.Empty(_desk.Run("Get-MidstBackup crm -Before 2020-01-01").Output);
        Assert.Empty(_desk.Run("Get-MidstBackup crm -Since 2999-01-01").Output);
    }

    [Fact]
    public void What_lies_beside_a_dump_is_left_out_of_a_listing_and_refused_by_name()
    {
        string dump = _desk.One("Backup-MidstDatabase crm @to").Text("Path");
        string globals = dump.Replace(".sql.gz", ".globals.sql.gz", StringComparison.Ordinal);
        _desk.Shell.Set("dump", dump);
        _desk.Shell.Set("globals", globals);

        Assert.Equal(["Passed"], _desk.Run("Test-MidstBackup ./backups/crm_2*.sql.gz").Output.Texts("Verdict"));
        Assert.Equal(["Passed"], _desk.Run("@{ PSPath = $globals }, @{ PSPath = $dump } | ForEach-Object { [pscustomobject] $_ } | Test-MidstBackup").Output.Texts("Verdict"));
        ErrorRecord error = _desk.Error("Test-MidstBackup $globals");
        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(dump, error.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("InvalidArgument,", _desk.Error("Restore-MidstDatabase -LiteralPath $globals -TargetDatabase never @to").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    private static void Damage(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(file, bytes);
    }

    private Task<string> DatabasesAsync() => fixture.Server.PsqlAsync("postgres", "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database");
}
