using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Help;
using InMidst.Backup.Cmdlets.Tests.Hosting;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Cmdlets.Tests.S3;

/// <summary>A destination with another server or another account than the source's.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class CopyBetweenServersTests(ServerFixture fixture, S3Fixture s3) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task A_backup_goes_from_one_server_to_another_where_everything_has_the_same_name()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        await using S3Server other = await S3Server.StartAsync();
        await other.CreateBucketAsync(bucket.Name);
        Describe("there", other, other.AccessKey, other.SecretKey);
        string id = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3)").Text("Id");
        // Only the bucket can be read from.
        Directory.Delete(_desk.File("backups"), recursive: true);

        PsResult copied = _desk.Shell.Run("$backup | Copy-MidstBackup -Destination $bucket @s3 -DestinationS3Endpoint $there.S3Endpoint -DestinationS3Credential $there.S3Credential -Verbose");

        Assert.Empty(copied.Errors);
        PSObject copy = Assert.Single(copied.Output)!;
        Assert.Equal([$"{bucket.Repository}/crm/{id}.sql.gz"], (string[])copy.Get("Locations")!);
        Assert.Contains(copied.Verbose, line => line.StartsWith("S3 endpoint:", StringComparison.Ordinal) && line.Contains(bucket.Environment["AWS_ENDPOINT_URL_S3"]!, StringComparison.Ordinal));
        Assert.Contains(copied.Verbose, line => line.StartsWith("Destination's S3 endpoint:", StringComparison.Ordinal) && line.Contains("-DestinationS3Endpoint", StringComparison.Ordinal));
        Assert.Equal(await bucket.ReadAsync($"crm/{id}.sql.gz"), await other.GetObjectAsync(bucket.Name, $"backups/crm/{id}.sql.gz"));
        Assert.Equal([true], _desk.Run("Get-MidstBackup -Repository $bucket @there | Test-MidstBackup -Quiet @there").Values);
    }

    [Fact]
    public async Task What_is_written_pipes_into_a_test_of_the_copy_and_keeps_the_directory()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        string vault = await MakeVaultAsync(bucket);
        _desk.Run("$backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3");

        PsResult tests = _desk.Run($"$copy = $backup | Copy-MidstBackup -Destination {vault} @from -DestinationS3Endpoint $endpoint -DestinationS3Credential $there.S3Credential; $copy | Test-MidstBackup @there");

        Assert.Equal([_desk.File("backups"), vault], tests.Output.Texts("Repository"));
        Assert.Equal(["Passed", "Passed"], tests.Output.Texts("Verdict"));
    }

    [Fact]
    public async Task The_keys_of_the_source_are_not_tried_on_the_destination()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        string vault = await MakeVaultAsync(bucket);
        _desk.Run("$backup = Backup-MidstDatabase crm @to -Repository $bucket @s3");
        Dictionary<string, string?> none = bucket.Environment.ToDictionary(variable => variable.Key, _ => (string?)null);
        none["AWS_EC2_METADATA_DISABLED"] = "true";
        none["AWS_SHARED_CREDENTIALS_FILE"] = none["AWS_CONFIG_FILE"] = _desk.File("none");
        using var environment = new EnvironmentScope(none);

        ErrorRecord error = _desk.Error($"$backup | Copy-MidstBackup -Destination {vault} @from -DestinationS3Endpoint $endpoint");

        Assert.StartsWith("CredentialsNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_parameters_of_its_own_the_destination_is_reached_as_the_source_is()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        string vault = await MakeVaultAsync(bucket);
        _desk.Run("$backup = Backup-MidstDatabase crm @to -Repository $bucket @s3");

        Assert.StartsWith("RepositoryAccessDenied,", _desk.Error($"$backup | Copy-MidstBackup -Destination {vault} @from").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_names_the_destination_and_is_not_repeated()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        string vault = await MakeVaultAsync(bucket);
        _desk.Run("""
            $backup = Backup-MidstDatabase crm @to -Repository $bucket @s3
            $wrong = [pscredential]::new($there.S3Credential.UserName, [System.Net.NetworkCredential]::new('', 'hunter2-wrong').SecurePassword)
            """);

        PsResult result = _desk.Shell.Run($"$backup | Copy-MidstBackup -Destination {vault} @from -DestinationS3Endpoint $endpoint -DestinationS3Credential $wrong -Verbose");

        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("CredentialsRefused,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(vault, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", string.Join('\n', [.. result.Verbose, .. result.Warnings, $"{error}{error.Exception}"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://vault/c -DestinationS3Credential $keys -DestinationS3Profile x", "-DestinationS3Profile")]
    [InlineData("s3://vault/c -DestinationS3Endpoint nonsense", "-DestinationS3Endpoint")]
    [InlineData("s3://vault/c -DestinationS3CaCertificate ./no-such.pem", "-DestinationS3CaCertificate")]
    [InlineData("s3://vault/c -DestinationS3Credential $keys", "-DestinationS3Endpoint")]
    [InlineData("./copies -DestinationS3Region us-east-1", "-DestinationS3")]
    [InlineData("./copies -DestinationS3PathStyle:$false", "-DestinationS3")]
    public async Task What_contradicts_itself_is_refused_by_name(string parameters, string named)
    {
        await Bucket.MakeAsync(s3, _desk);

        ErrorRecord error = _desk.Error($"Copy-MidstBackup -Id x @s3 -Destination {parameters}");

        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(named, error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// A bucket of another account than that of the source: <c>@from</c> may use <c>$bucket</c> and nothing else, <c>@there</c> both.
    /// </summary>
    /// <returns>The repository in it.</returns>
    private async Task<string> MakeVaultAsync(Bucket bucket)
    {
        string user = "u" + Guid.NewGuid().ToString("N");
        (string accessKey, string secretKey) = await bucket.Server.CreateUserAsync(user);
        await bucket.Server.AllowAsync(bucket.Name, user, "s3:ListBucket", "s3:GetObject");
        Describe("from", bucket.Server, accessKey, secretKey);
        Describe("there", bucket.Server, bucket.Server.AccessKey, bucket.Server.SecretKey);
        return $"s3://{await bucket.Server.CreateBucketAsync()}/backups";
    }

    private void Describe(string variable, S3Server server, string accessKey, string secretKey)
    {
        _desk.Shell.Set("itsEndpoint", server.Endpoint.ToString().TrimEnd('/'));
        _desk.Shell.Set("itsAccessKey", accessKey);
        _desk.Shell.Set("itsSecretKey", secretKey);
        _desk.Run($$"""
            ${{variable}} = @{
                S3Endpoint = $itsEndpoint
                S3Credential = [pscredential]::new($itsAccessKey, [System.Net.NetworkCredential]::new('', $itsSecretKey).SecurePassword)
            }
            """);
    }
}
