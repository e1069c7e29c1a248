using System.Management.Automation;
using System.Text;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.S3;

/// <summary>Backups that leave the machine encrypted, and who can read them.</summary>
public sealed class EncryptedTests(ServerFixture fixture, S3Fixture s3) : IDisposable
{
    private static int _lastTarget;

    private readonly Desk _desk = new(fixture);
    private readonly string _target = "decrypted_" + Interlocked.Increment(ref _lastTarget);

    public void Dispose() => _desk.Dispose();

    [Theory]
    [InlineData("-IdentityFile ./my.key")]
    [InlineData("-IdentityFile ./other.key, ./my.key")]
    [InlineData("-IdentityKey $secret")]
    public async Task What_is_encrypted_for_a_key_is_listed_tested_and_restored_with_it(string how)
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        _desk.Run("""
            $key = New-MidstKey ./my.key
            [void] (New-MidstKey ./other.key)
            $secret = [System.Net.NetworkCredential]::new('', ([IO.File]::ReadAllLines("$directory/my.key") | Where-Object { $_ -like 'AGE-*' })).SecurePassword
            """);

        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3 -Recipient $key.Recipient)");

        Assert.Equal(true, backup.Get("Encrypted"));
        Assert.Equal([_desk.One("$key.Recipient").ToString()], (string[])backup.Get("Recipients")!);
        Assert.EndsWith(".sql.gz.age", backup.Text("Path"), StringComparison.Ordinal);
        Assert.Equal(true, _desk.One("Get-MidstBackup -Repository $bucket @s3").Get("Encrypted"));
        Assert.Equal(["Passed", "Passed"], _desk.Run($"$backup | Test-MidstBackup -Level Restore @to @s3 {how}").Output.Texts("Verdict"));
        Assert.Equal(100L, _desk.One($"Restore-MidstDatabase -Id $backup.Id -Repository $bucket @s3 -TargetDatabase {_target} @to {how}").Get("Rows"));
        Assert.Equal("100|5050", await fixture.Server.PsqlAsync(_target, "SELECT count(*), sum(id) FROM people"));
        foreach (string name in await bucket.KeysAsync())
            Assert.DoesNotContain("people", Encoding.Latin1.GetString(await bucket.ReadAsync(name)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passphrase_is_enough()
    {
        await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$phrase = [System.Net.NetworkCredential]::new('', 'correct horse battery staple').SecurePassword");

        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository $bucket @s3 -Passphrase $phrase)");

        Assert.Equal(["passphrase"], (string[])backup.Get("Recipients")!);
        Assert.Equal(true, _desk.One("$backup | Test-MidstBackup @s3 -Passphrase $phrase").Get("Passed"));
        Assert.Equal(100L, _desk.One($"$backup | Restore-MidstDatabase @s3 -Passphrase $phrase -TargetDatabase {_target} @to").Get("Rows"));
    }

    [Theory]
    [InlineData("", "EncryptionKeyMissing")]
    [InlineData("-IdentityFile ./other.key", "EncryptionKeyWrong")]
    public void Without_the_key_nothing_is_restored(string how, string id)
    {
        _desk.Run("""
            $key = New-MidstKey ./my.key
            [void] (New-MidstKey ./other.key)
            $backup = Backup-MidstDatabase crm @to -Recipient $key.Recipient
            """);

        ErrorRecord error = _desk.Error($"$backup | Restore-MidstDatabase -TargetDatabase {_target} @to {how}");

        Assert.StartsWith(id + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith("DatabaseNotFound,", _desk.Error($"Get-MidstDatabase {_target} @to").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Recipient $key.Recipient", "-IdentityFile ./my.key")]
    [InlineData("-Passphrase $phrase", "-Passphrase $phrase")]
    public void A_copy_whose_encryption_header_is_damaged_is_told_and_the_next_one_restored(string who, string how)
    {
        _desk.Run($$"""
            $phrase = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
            $key = New-MidstKey ./my.key
            $backup = Backup-MidstDatabase crm @to -Repository ./backups, ./others {{who}}
            $bytes = [IO.File]::ReadAllBytes($backup.Path)
            $at = [Array]::IndexOf($bytes, [byte]10, 30) + 5
            $bytes[$at] = if ($bytes[$at] -eq 65) { 66 } else { 65 }
            [IO.File]::WriteAllBytes($backup.Path, $bytes)
            """);

        PsResult restored = _desk.Run($"$backup | Restore-MidstDatabase -TargetDatabase {_target} @to {how}");

        PSObject result = Assert.Single(restored.Output)!;
        Assert.Equal(100L, result.Get("Rows"));
        Assert.StartsWith(_desk.File("others"), result.Text("Path"), StringComparison.Ordinal);
        Assert.Contains("begun anew from", Assert.Single(restored.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Password_hashes_need_no_Force_where_they_are_encrypted()
    {
        _desk.Run("$key = New-MidstKey ./my.key");

        Assert.Single(_desk.Run("Backup-MidstDatabase crm @to -Recipient $key.Recipient -IncludeRolePasswords").Output);
        Assert.StartsWith("InvalidArgument,", _desk.Error("Backup-MidstDatabase crm @to -IncludeRolePasswords").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Recipient $key.Recipient -Passphrase $phrase", "-Recipient")]
    [InlineData("-Recipient ([IO.File]::ReadAllLines(\"$directory/my.key\")[-1])", "secret key")]
    public void Recipients_that_cannot_be_meant_are_refused_and_no_secret_is_repeated(string how, string named)
    {
        _desk.Run("$key = New-MidstKey ./my.key; $phrase = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword");

        PsResult result = _desk.Shell.Run($"Backup-MidstDatabase crm @to {how} -Verbose -Debug");

        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(named, error + error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("AGE-SECRET", string.Join('\n', result.Verbose) + error, StringComparison.Ordinal);
        Assert.Empty(_desk.Repository);
    }
}
