using System.Management.Automation;
using System.Text;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Help;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.S3;

/// <summary>How S3 is reached: what contradicts itself is refused, and what is secret stays so.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class S3ParametersTests(ServerFixture fixture, S3Fixture s3) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Theory]
    [InlineData("-S3Credential $keys -S3Profile x", "-S3Profile")]
    [InlineData("-S3Endpoint nonsense", "-S3Endpoint")]
    [InlineData("-S3Endpoint https://user:hunter2@host", "-S3Endpoint")]
    [InlineData("-S3CaCertificate ./no-such.pem", "-S3CaCertificate")]
    [InlineData("-S3CaCertificate s3://bucket/ca.pem", "s3://")]
    [InlineData("-S3KmsKeyId x", "-S3KmsKeyId")]
    [InlineData("-S3KmsKeyId x -S3ServerSideEncryption Aes256", "-S3KmsKeyId")]
    [InlineData("-S3ObjectLock Compliance", "-S3RetainUntil")]
    [InlineData("-S3RetainUntil 2999-01-01", "-S3ObjectLock")]
    [InlineData("-S3ObjectLock Governance -S3RetainUntil 2020-01-01", "-S3RetainUntil")]
    [InlineData("-S3Tag @{ '' = 1 }", "-S3Tag")]
    public async Task What_contradicts_itself_is_refused_by_name(string parameters, string named)
    {
        await Bucket.MakeAsync(s3, _desk);

        ErrorRecord error = _desk.Error($"Backup-MidstDatabase crm @to -Repository ./backups, $bucket {parameters}");

        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_desk.Repository);
    }

    [Theory]
    [InlineData("-S3ObjectLock Compliance -S3RetainUntil 2999-01-01", "-S3ObjectLock")]
    [InlineData("-S3LegalHold", "-S3LegalHold")]
    [InlineData("-S3ServerSideEncryption Aes256", "-S3ServerSideEncryption")]
    public void What_would_have_no_effect_is_refused(string parameters, string named)
    {
        Assert.Contains(named, _desk.Error($"Backup-MidstDatabase crm @to {parameters}").ToString(), StringComparison.Ordinal);
        Assert.Contains(named, _desk.Error($"Copy-MidstBackup -Id x -Destination ./copies {parameters}").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Backup-MidstDatabase crm @to -Repository $bucket @wrong")]
    [InlineData("Get-MidstBackup -Repository $bucket @wrong")]
    [InlineData("Restore-MidstDatabase -Database crm -Latest -Repository $bucket -TargetDatabase never @to @wrong")]
    [InlineData("Test-MidstBackup -Database crm -Latest -Repository $bucket @wrong")]
    [InlineData("Repair-MidstRepository -Repository $bucket @wrong")]
    public async Task A_wrong_secret_is_named_as_such_and_not_repeated(string script)
    {
        await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$wrong = @{ S3Endpoint = $endpoint; S3Credential = [pscredential]::new($accessKey, [System.Net.NetworkCredential]::new('', 'hunter2-wrong').SecurePassword) }");

        PsResult result = _desk.Shell.Run(script + " -Verbose -Debug");

        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("CredentialsRefused,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.DoesNotContain("hunter2", Everything(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_that_does_not_exist_is_said_to()
    {
        await Bucket.MakeAsync(s3, _desk);

        foreach (string command in (string[])["Get-MidstBackup", "Get-MidstBackup -Latest", "Get-MidstBackup -Id crm_20260206_020000", "Repair-MidstRepository", "Backup-MidstDatabase crm @to"])
        {
            ErrorRecord error = _desk.Error($"{command} -Repository s3://no-such-bucket-here/x @s3");
            Assert.StartsWith("RepositoryNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Contains("The bucket 'no-such-bucket-here' does not exist", error.Exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_secret_is_in_any_output_message_or_object()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$phrase = [System.Net.NetworkCredential]::new('', 'correct-horse-0815').SecurePassword");

        PsResult result = _desk.Run("""
            $VerbosePreference = 'Continue'; $DebugPreference = 'Continue'
            $backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3 -Passphrase $phrase -IncludeRolePasswords
            $backup; $backup | Test-MidstBackup @s3 -Passphrase $phrase; $backup | Copy-MidstBackup @s3 -Destination ./copies
            Get-MidstBackup -Repository ./backups, $bucket @s3
            Repair-MidstRepository -Repository ./backups, $bucket @s3 -Confirm:$false
            $backup | Remove-MidstBackup @s3 -Repository $bucket -Confirm:$false
            """);

        string said = Everything(result) + string.Join('\n', result.Output.Select(o => PSSerializer.Serialize(o, 3)));
        foreach (string file in Directory.EnumerateFiles(_desk.Directory, "*.json", SearchOption.AllDirectories))
            said += await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains(bucket.Repository, said, StringComparison.Ordinal);
        Assert.DoesNotContain(bucket.Server.SecretKey, said, StringComparison.Ordinal);
        Assert.DoesNotContain("correct-horse", said, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Server.Password, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_directory_is_no_error_where_a_bucket_is_named_by_the_environment()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        using var environment = new EnvironmentScope(bucket.Environment);

        Assert.Empty(_desk.Run("Get-MidstBackup; Repair-MidstRepository").Output);
        Assert.StartsWith("BackupNotFound,", _desk.Error("Restore-MidstDatabase -Database crm -Latest @to").FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Null(_desk.One("Get-MidstDatabase crm @to").Get("LastBackup"));
        // Named, it is meant.
        Assert.StartsWith("RepositoryNotFound,", _desk.Error($"Get-MidstBackup -Repository ./backups, {bucket.Repository}").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manifests_are_kept_for_this_account_alone_and_the_bucket_is_believed_over_them()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository $bucket @s3)");
        _desk.Run("Get-MidstBackup -Repository $bucket @s3");
        string cache = Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME")!, "inmidst", "manifests");

        Assert.NotEmpty(Directory.EnumerateFiles(cache));
        Assert.Equal(backup.Text("Id"), _desk.One("Get-MidstBackup -Repository $bucket @s3").Text("Id"));
        foreach (string key in await bucket.KeysAsync())
            await bucket.Server.DeleteObjectAsync(bucket.Name, "backups/" + key);
        Assert.Empty(_desk.Run("Get-MidstBackup -Repository $bucket @s3").Output);
    }

    private static string Everything(PsResult result)
    {
        var said = new StringBuilder();
        foreach (string line in (IEnumerable<string>)[.. result.Verbose, .. result.Debug, .. result.Warnings])
            said.AppendLine(line);
        foreach (ErrorRecord error in result.Errors)
            said.Append(error).Append(error.Exception).Append(error.ErrorDetails).Append(error.TargetObject);
        return said.ToString();
    }
}
