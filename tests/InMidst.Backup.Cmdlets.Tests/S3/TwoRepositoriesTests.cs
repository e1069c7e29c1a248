using System.Globalization;
using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Help;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.S3;

/// <summary>Backups that go into a directory and a bucket in one pass, and come back from either.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class TwoRepositoriesTests(ServerFixture fixture, S3Fixture s3) : IDisposable
{
    private static int _lastTarget;

    private readonly Desk _desk = new(fixture);
    private readonly string _target = "from_bucket_" + Interlocked.Increment(ref _lastTarget);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task One_pass_fills_both_and_a_restore_proves_both()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);

        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3)");
        PsResult tests = _desk.Run("$backup | Test-MidstBackup -Level Restore @to @s3");

        string id = backup.Text("Id");
        Assert.Equal([_desk.File("backups", id + ".sql.gz"), $"{bucket.Repository}/crm/{id}.sql.gz"], (string[])backup.Get("Locations")!);
        Assert.Equal(backup.Text("Path"), ((string[])backup.Get("Locations")!)[0]);
        Assert.Equal(_desk.File("backups"), backup.Text("Repository"));
        Assert.Equal(["Passed", "Passed"], tests.Output.Texts("Verdict"));
        Assert.Equal([_desk.File("backups"), bucket.Repository], tests.Output.Texts("Repository"));
        Assert.Equal([$"crm/{id}.globals.sql.gz", $"crm/{id}.sql.gz", $"crm/{id}.sql.gz.manifest.json", $"crm/{id}.sql.gz.verification.json"], await bucket.KeysAsync());
        Assert.Equal(File.ReadAllBytes(backup.Text("Path")), await bucket.ReadAsync($"crm/{id}.sql.gz"));
        PSObject listed = _desk.One("Get-MidstBackup -Repository ./backups, $bucket @s3");
        Assert.Equal((string[])backup.Get("Locations")!, (string[])listed.Get("Locations")!);
        Assert.Equal("Restore", listed.Text("ProofLevel"));
    }

    [Fact]
    public async Task A_new_machine_restores_with_nothing_but_credentials()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        using var environment = new EnvironmentScope(bucket.Environment);
        PsResult made = _desk.Run("Backup-MidstDatabase crm @to -Verbose");
        Directory.Delete(_desk.File("backups"), recursive: true);
        using var elsewhere = new Desk(fixture);

        PsResult restored = elsewhere.Run($"Get-MidstBackup -Verbose | Restore-MidstDatabase -TargetDatabase {_target} @to");

        Assert.Equal(bucket.Repository, elsewhere.One("Get-MidstBackup").Text("Repository"));
        Assert.Equal(["100"], restored.Output.Texts("Rows"));
        Assert.StartsWith(bucket.Repository, restored.Output[0].Text("Path"), StringComparison.Ordinal);
        Assert.Equal("100|5050", await fixture.Server.PsqlAsync(_target, "SELECT count(*), sum(id) FROM people"));
        Assert.Contains(made.Verbose, line => line.Contains(bucket.Repository, StringComparison.Ordinal) && line.Contains("S3_BUCKET", StringComparison.Ordinal));
        Assert.Contains(restored.Verbose, line => line.Contains("AWS_ENDPOINT_URL_S3", StringComparison.Ordinal));
        Assert.Contains(restored.Verbose, line => line.Contains("AWS_ACCESS_KEY_ID", StringComparison.Ordinal));
        Assert.Equal(100L, elsewhere.One($"Restore-MidstDatabase -Database crm -Latest -TargetDatabase {_target}_latest @to").Get("Rows"));
    }

    [Fact]
    public async Task The_old_manual_way_restores_the_object()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("Backup-MidstDatabase crm @to -Repository $bucket @s3");

        string file = _desk.File("fetched.sql.gz");
        File.WriteAllBytes(file, await bucket.ReadAsync($"crm/{backup.Text("Id")}.sql.gz"));
        await fixture.Server.CreateDatabaseAsync(_target);
        await fixture.Server.RestoreThroughPsqlAsync(_target, file);
        Assert.Equal("100|5050", await fixture.Server.PsqlAsync(_target, "SELECT count(*), sum(id) FROM people"));
    }

    [Fact]
    public async Task A_repository_that_refuses_is_an_error_and_the_other_gets_the_backup()
    {
        await Bucket.MakeAsync(s3, _desk);

        PsResult result = _desk.Shell.Run("""
            $s3.S3Credential = [pscredential]::new($accessKey, [System.Net.NetworkCredential]::new('', 'not-the-secret-0815').SecurePassword)
            Backup-MidstDatabase crm, midst_one @to -Repository ./backups, $bucket @s3
            """);

        Assert.Equal(["crm", "midst_one"], result.Output.Texts("Database"));
        Assert.All(result.Output, backup => Assert.Equal([backup.Text("Path")], (string[])backup.Get("Locations")!));
        Assert.Equal(2, result.Errors.Count);
        Assert.All(result.Errors, error =>
        {
            Assert.StartsWith("CredentialsRefused,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Equal(_desk.One("$bucket").ToString(), error.TargetObject);
            Assert.Contains(_desk.One("$bucket").ToString(), error.ToString(), StringComparison.Ordinal);
        });
        Assert.Equal([true, true], _desk.Run("Get-MidstBackup -Repository ./backups | Test-MidstBackup -Quiet").Values);
    }

    [Fact]
    public async Task A_server_that_is_down_holds_up_neither_backup_nor_listing()
    {
        await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$s3.S3Endpoint = 'http://127.0.0.1:1'");

        PsResult backup = _desk.Shell.Run("Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3");
        PsResult listed = _desk.Shell.Run("Get-MidstBackup -Repository ./backups, $bucket @s3");

        Assert.All([backup, listed], result =>
        {
            Assert.Equal("crm", Assert.Single(result.Output).Text("Database"));
            Assert.StartsWith("RepositoryUnavailable,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task What_is_found_is_restored_and_the_repository_that_could_not_be_asked_is_named()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        _desk.Run("""
            $backup = Backup-MidstDatabase crm @to
            $s3.S3Credential = [pscredential]::new($accessKey, [System.Net.NetworkCredential]::new('', 'not-the-secret-0815').SecurePassword)
            """);

        PsResult restored = _desk.Run($"Restore-MidstDatabase -Database crm -Latest -Repository ./backups, $bucket -TargetDatabase {_target} @to @s3");
        PsResult tested = _desk.Shell.Run("Test-MidstBackup -Id $backup.Id -Repository ./backups, $bucket @s3 -Quiet");
        PsResult removed = _desk.Shell.Run("Remove-MidstBackup -Id $backup.Id -Repository ./backups, $bucket @s3 -Confirm:$false");

        Assert.Equal(100L, Assert.Single(restored.Output).Get("Rows"));
        Assert.Contains(bucket.Repository, Assert.Single(restored.Warnings), StringComparison.Ordinal);
        Assert.Equal([false], tested.Values);
        Assert.Equal("Removed", Assert.Single(removed.Output).Text("Status"));
        Assert.All([tested, removed], result => Assert.StartsWith("CredentialsRefused,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_error_that_ends_the_script_comes_after_the_backup_is_tested()
    {
        await Bucket.MakeAsync(s3, _desk);

        PsResult result = _desk.Shell.Run("""
            $ErrorActionPreference = 'Stop'
            $s3.S3Credential = [pscredential]::new($accessKey, [System.Net.NetworkCredential]::new('', 'not-the-secret-0815').SecurePassword)
            Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3 | Test-MidstBackup -Quiet
            """);

        Assert.Equal([true], result.Values);
        Assert.StartsWith("CredentialsRefused,", result.Failure?.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_credentials_the_other_repository_gets_the_backup()
    {
        PsResult result = _desk.Shell.Run("Backup-MidstDatabase crm @to -Repository ./backups, s3://nowhere/backups -S3Endpoint http://127.0.0.1:1");

        Assert.Single(result.Output);
        Assert.StartsWith("CredentialsNotFound,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[IO.File]::Delete($backup.Path)", false)]
    [InlineData("$bytes = [IO.File]::ReadAllBytes($backup.Path); $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 255; [IO.File]::WriteAllBytes($backup.Path, $bytes)", true)]
    [InlineData("[IO.File]::WriteAllBytes($backup.Path, [byte[]]::new(5000))", false)]
    public async Task A_restore_takes_the_next_copy_and_says_so(string harm, bool exists)
    {
        await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3");
        if (exists)
            await fixture.Server.CreateDatabaseAsync(_target);

        PsResult restored = _desk.Run($"{harm}; $backup | Restore-MidstDatabase -TargetDatabase {_target} @to @s3");

        Assert.StartsWith("s3://", Assert.Single(restored.Output).Text("Path"), StringComparison.Ordinal);
        Assert.Contains(_desk.File("backups"), Assert.Single(restored.Warnings), StringComparison.Ordinal);
        Assert.Equal("100|5050", await fixture.Server.PsqlAsync(_target, "SELECT count(*), sum(id) FROM people"));
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ 'midst_restoring'"));
    }

    [Fact]
    public async Task Where_every_copy_is_damaged_nothing_is_restored()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3)");
        await bucket.DamageAsync($"crm/{backup.Text("Id")}.sql.gz");
        File.WriteAllBytes(backup.Text("Path"), await bucket.ReadAsync($"crm/{backup.Text("Id")}.sql.gz"));

        PsResult result = _desk.Shell.Run($"$backup | Restore-MidstDatabase -TargetDatabase {_target} @to @s3");

        Assert.StartsWith("BackupCorrupt,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", $"SELECT count(*) FROM pg_database WHERE datname IN ('{_target}') OR datname ~ 'midst_restoring'"));
    }

    [Fact]
    public async Task One_damaged_copy_of_two_is_found_shown_and_counted()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3)");
        await bucket.DamageAsync($"crm/{backup.Text("Id")}.sql.gz");

        Assert.Equal(["Passed", "Failed"], _desk.Run("$backup | Test-MidstBackup @s3").Output.Texts("Verdict"));
        Assert.Equal([false], _desk.Run("$backup | Test-MidstBackup @s3 -Quiet").Values);
        Assert.Equal("Failed", _desk.One("Get-MidstBackup -Repository ./backups, $bucket @s3").Text("Proof"));
    }

    [Fact]
    public async Task A_copy_that_is_gone_is_an_error_of_the_test_and_not_passed()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3)");
        await bucket.Server.DeleteObjectAsync(bucket.Name, $"backups/crm/{backup.Text("Id")}.sql.gz");

        PsResult result = _desk.Shell.Run("$backup | Test-MidstBackup @s3 -Quiet");

        Assert.Equal([false], result.Values);
        Assert.StartsWith("ObjectNotFound,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_backup_that_travelled_knows_all_its_copies(int depth)
    {
        await Bucket.MakeAsync(s3, _desk);
        _desk.Shell.Set("depth", depth);
        _desk.Run("""
            $backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3
            $travelled = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($backup, $depth))
            """);

        Assert.Equal(["Passed", "Passed"], _desk.Run("$travelled | Test-MidstBackup @s3").Output.Texts("Verdict"));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("s3://{1}/odd/ö d'd (1)+&%41 latest.sql.gz")]
    [InlineData("s3://{1}/odd/plain")]
    public async Task A_dump_is_restored_from_its_URI_whatever_its_key(string uri)
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("Backup-MidstDatabase crm @to -Repository $bucket @s3");
        byte[] content = await bucket.ReadAsync($"crm/{backup.Text("Id")}.sql.gz");
        uri = string.Format(CultureInfo.InvariantCulture, uri, backup.Text("Path"), bucket.Name);
        if (uri != backup.Text("Path"))
            await bucket.Server.PutObjectAsync(bucket.Name, uri[$"s3://{bucket.Name}/".Length..], content);
        _desk.Shell.Set("uri", uri);

        PSObject restored = _desk.One($"Restore-MidstDatabase -LiteralPath $uri -TargetDatabase {_target} @to @s3");

        Assert.Equal(uri, restored.Text("Path"));
        Assert.Equal(100L, restored.Get("Rows"));
        Assert.Equal(true, _desk.One("Test-MidstBackup $uri @s3").Get("Passed"));
    }

    [Fact]
    public async Task Ids_and_databases_in_a_bucket_are_completed()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        using var environment = new EnvironmentScope(bucket.Environment);
        PSObject backup = _desk.One("Backup-MidstDatabase crm @to -Repository $bucket");

        Assert.Contains(backup.Text("Id"), Complete("Copy-MidstBackup -Destination x -Id crm"));
        Assert.Equal(["crm"], Complete("Get-MidstBackup c"));
    }

    /// <summary>Presses Tab until something is offered: on a machine that is busy a second may pass without an answer.</summary>
    private IReadOnlyList<string> Complete(string line)
    {
        IReadOnlyList<string> offered = [];
        _desk.Shell.Set("line", line);
        SpinWait.SpinUntil(() => (offered = _desk.Run("[System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches")
            .Output.Texts("CompletionText")).Count > 0, PsInvocation.Patience);
        return offered;
    }
}
