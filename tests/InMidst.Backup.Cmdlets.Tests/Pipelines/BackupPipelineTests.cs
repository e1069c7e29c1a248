using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Help;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Pipelines;

/// <summary>What a user types to take backups.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class BackupPipelineTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void The_server_comes_from_the_environment_and_the_backup_goes_into_the_directory_one_is_in()
    {
        using var environment = new EnvironmentScope(EnvironmentScope.Of(fixture.Server));

        PSObject backup = _desk.One("Backup-MidstDatabase -Database midst_one");

        Assert.Equal("midst_one", backup.Text("Database"));
        Assert.Equal("Dump", backup.Text("Kind"));
        Assert.Equal((long)ServerFixture.Rows, backup.Get("Rows"));
        Assert.Equal(1, backup.Get("Tables"));
        Assert.Equal(_desk.File("backups"), backup.Text("Repository"));
        Assert.Equal(_desk.File("backups", backup.Text("Id") + ".sql.gz"), backup.Text("Path"));
        Assert.Equal(new FileInfo(backup.Text("Path")).Length, backup.Get("Size"));
        Assert.False(Directory.Exists(Path.Combine(Environment.CurrentDirectory, "backups")));
        string id = backup.Text("Id");
        Assert.Equal(
            [$"{id}.globals.sql.gz", $"{id}.sql.gz", $"{id}.sql.gz.manifest.json", "midst_one_latest.sql.gz"], _desk.Repository);
    }

    [Fact]
    public void Without_a_name_the_database_of_the_environment_is_meant()
    {
        using var environment = new EnvironmentScope(new Dictionary<string, string?>(EnvironmentScope.Of(fixture.Server)) { ["PGDATABASE"] = "crm" });

        Assert.Equal("crm", _desk.One("Backup-MidstDatabase").Text("Database"));
    }

    [Fact]
    public void Listed_databases_pipe_into_a_backup_and_need_nothing_said_again()
    {
        PsResult result = _desk.Run("Get-MidstDatabase 'midst_*' @to | Backup-MidstDatabase");

        Assert.Equal(["midst_one", "midst_two"], result.Output.Texts("Database"));
        Assert.All(result.Output, backup => Assert.Equal(fixture.Server.Host, backup.Text("SourceHost")));
    }

    [Fact]
    public void Names_pipe_by_value()
    {
        Assert.Equal(["midst_two", "crm"], _desk.Run("'midst_two', 'crm' | Backup-MidstDatabase @to").Output.Texts("Database"));
    }

    [Fact]
    public void Wildcards_choose_and_exclude()
    {
        Assert.Equal(
            ["midst_two", "crm"],
            _desk.Run("Backup-MidstDatabase 'midst_*', crm -ExcludeDatabase '*one' @to").Output.Texts("Database"));
    }

    [Fact]
    public void Wildcards_heed_case_as_the_server_does()
    {
        PsResult result = _desk.Run("Backup-MidstDatabase 'MIDST_*' @to");

        Assert.Empty(result.Output);
        Assert.Contains("MIDST_*", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_whose_name_looks_like_a_pattern_is_itself()
    {
        await fixture.Server.CreateDatabaseAsync("odd[n]");
        await fixture.Server.CreateDatabaseAsync("oddn");

        Assert.Equal(["odd[n]"], _desk.Run("Get-MidstDatabase @to | Where-Object Database -EQ 'odd[n]' | Backup-MidstDatabase").Output.Texts("Database"));
        Assert.Equal(["odd[n]"], _desk.Run("Get-MidstDatabase 'odd[n]' @to").Output.Texts("Database"));
    }

    [Fact]
    public void One_bad_database_of_three_is_an_error_of_its_own_and_the_others_go_on()
    {
        PsResult result = _desk.Shell.Run("Backup-MidstDatabase crm, no_such, midst_one @to");

        Assert.Equal(["crm", "midst_one"], result.Output.Texts("Database"));
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("DatabaseNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("no_such", error.TargetObject);
        Assert.Null(result.Failure);
        Assert.DoesNotContain(_desk.Repository, file => file.StartsWith("no_such", StringComparison.Ordinal));
    }

    [Fact]
    public void One_server_that_does_not_answer_does_not_hold_up_the_others()
    {
        _desk.Run("""
            $sources = @(
                [InMidst.Backup.MidstDatabase]@{ Database = 'x*'; HostName = '127.0.0.1'; Port = 1; UserName = 'nobody' }
                Get-MidstDatabase crm @to
            )
            """);

        PsResult listed = _desk.Shell.Run("$sources | Get-MidstDatabase crm");
        PsResult result = _desk.Shell.Run("$sources | Backup-MidstDatabase");

        Assert.All([listed, result], said => Assert.StartsWith("ServerUnreachable,", Assert.Single(said.Errors).FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Equal(["crm"], listed.Output.Texts("Database"));
        Assert.Equal(["crm"], result.Output.Texts("Database"));
    }

    [Fact]
    public void Each_backup_is_written_when_it_is_done_and_before_the_next_begins()
    {
        PsResult result = _desk.Run(
            "Backup-MidstDatabase crm, midst_one @to | ForEach-Object { @([IO.Directory]::GetFiles($directory + '/backups', '*.manifest.json')).Count }");

        Assert.Equal([1, 2], result.Values);
    }

    [Theory]
    [InlineData("Gzip", ".sql.gz")]
    [InlineData("Zstd", ".sql.zst")]
    [InlineData("None", ".sql")]
    public void Every_compression_can_be_chosen_listed_and_tested(string compression, string extension)
    {
        PSObject backup = _desk.One($"Backup-MidstDatabase crm @to -Compression {compression} -ExcludeGlobals");

        Assert.EndsWith(extension, backup.Text("Path"), StringComparison.Ordinal);
        Assert.Equal(compression, _desk.One("Get-MidstBackup crm").Text("Compression"));
        Assert.Equal(true, _desk.One("Get-MidstBackup | Test-MidstBackup").Get("Passed"));
        Assert.DoesNotContain(_desk.Repository, file => file.Contains("globals", StringComparison.Ordinal));
    }

    [Fact]
    public async Task As_many_connections_read_as_may()
    {
        await fixture.Server.CreateDatabaseAsync("threefold");
        await fixture.Server.PsqlAsync("threefold", "CREATE TABLE a (i int); CREATE TABLE b (i int); CREATE TABLE c (i int)");
        long before = await SessionsAsync();
        _desk.Run("Backup-MidstDatabase threefold @to -ExcludeGlobals -ThrottleLimit 1");
        long alone = await SessionsAsync() - before;
        _desk.Run("Backup-MidstDatabase threefold @to -ExcludeGlobals -ThrottleLimit 3");
        Assert.Equal(alone + 2, await SessionsAsync() - before - alone);

        async Task<long> SessionsAsync() => long.Parse(await fixture.Server.PsqlAsync(
            "postgres", "SELECT sessions FROM pg_stat_database WHERE datname = 'threefold'"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void As_many_connections_cannot_be_chosen(int limit)
    {
        PsResult result = _desk.Run($"try {{ Backup-MidstDatabase crm @to -ThrottleLimit {limit} }} catch {{ $_.FullyQualifiedErrorId }}");
        Assert.StartsWith("ParameterArgumentValidationError,", (string)Assert.Single(result.Values)!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listed_database_knows_when_it_was_backed_up()
    {
        Assert.Null(_desk.One("Get-MidstDatabase crm @to").Get("LastBackup"));

        PSObject backup = _desk.One("Backup-MidstDatabase crm @to");

        PSObject database = _desk.One("Get-MidstDatabase crm @to");
        Assert.Equal(backup.Get("Started"), database.Get("LastBackup"));
        Assert.Equal("UTF8", database.Text("Encoding"));
        Assert.Equal(fixture.Server.UserName, database.Text("Owner"));
        Assert.True((long)database.Get("Size")! > 1_000_000);
    }

    [Fact]
    public void A_connection_string_is_enough()
    {
        string uri = $"postgresql://{fixture.Server.UserName}:{fixture.Server.Password}@127.0.0.1:{fixture.Server.Port}/crm";
        _desk.Shell.Set("uri", uri);

        Assert.Equal("crm", _desk.One("Backup-MidstDatabase -ConnectionString $uri").Text("Database"));
    }
}
