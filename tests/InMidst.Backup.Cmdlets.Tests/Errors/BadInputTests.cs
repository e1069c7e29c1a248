using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Errors;

/// <summary>Every error a user can make has an id that scripts can rely on, says what it is about and what to do.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ServerFixture _fixture;
    private readonly Desk _desk;

    public BadInputTests(ServerFixture fixture)
    {
        _fixture = fixture;
        _desk = new Desk(fixture);
        _desk.Run("""
            $wrong = @{ HostName = $server; Port = $port; Credential = [pscredential]::new($user, [System.Net.NetworkCredential]::new('', 'hunter2-wrong').SecurePassword) }
            [void] [IO.Directory]::CreateDirectory("$directory/empty")
            [IO.File]::WriteAllText("$directory/novel.sql", 'It was a dark and stormy night.')
            [IO.File]::WriteAllText("$directory/half.sql", "--`n-- PostgreSQL database dump`n--`n`nCREATE TABLE t (i int);`n")
            """);
    }

    public static TheoryData<string, string, ErrorCategory, string?> Cases() => new()
    {
        { "Get-MidstDatabase -HostName 127.0.0.1 -Port 1", "ServerUnreachable", ErrorCategory.ConnectionError, null },
        { "Backup-MidstDatabase crm -HostName 127.0.0.1 -Port 1 -UserName me", "ServerUnreachable", ErrorCategory.ConnectionError, "me@127.0.0.1:1" },
        { "Backup-MidstDatabase crm -HostName no-such-host.invalid", "ServerUnreachable", ErrorCategory.ConnectionError, null },
        { "Get-MidstDatabase @wrong", "AuthenticationFailed", ErrorCategory.AuthenticationError, null },
        { "Backup-MidstDatabase crm @wrong", "AuthenticationFailed", ErrorCategory.AuthenticationError, "crm" },
        { "Backup-MidstDatabase no_such @to", "DatabaseNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Get-MidstDatabase no_such @to", "DatabaseNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Get-MidstDatabase -ConnectionString 'host=x nonsense'", "InvalidConnectionSettings", ErrorCategory.InvalidArgument, null },
        { "Get-MidstDatabase @to -UserName somebody", "InvalidArgument", ErrorCategory.InvalidArgument, null },
        { "Backup-MidstDatabase crm @to -CompressionLevel 12", "InvalidArgument", ErrorCategory.InvalidArgument, null },
        { "Backup-MidstDatabase crm @to -Repository https://bucket/prefix", "InvalidArgument", ErrorCategory.InvalidArgument, null },
        { "Backup-MidstDatabase crm @to -Repository s3://bucket/prefix", "CredentialsNotFound", ErrorCategory.AuthenticationError, "s3://bucket/prefix" },
        { "Get-MidstBackup -Repository s3://x", "InvalidArgument", ErrorCategory.InvalidArgument, null },
        { "Get-MidstBackup -Repository s3://bucket -S3Profile no-such", "CredentialsNotFound", ErrorCategory.AuthenticationError, "s3://bucket" },
        { "Restore-MidstDatabase -Database crm -Latest -Repository s3://bucket @to", "CredentialsNotFound", ErrorCategory.AuthenticationError, "s3://bucket" },
        { "Copy-MidstBackup -Id no_such -Repository ./empty -Destination ./copies", "BackupNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Remove-MidstBackup -Id no_such -Repository ./empty -Confirm:$false", "BackupNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Repair-MidstRepository -Repository ./nowhere", "RepositoryNotFound", ErrorCategory.ObjectNotFound, null },
        { "Test-MidstBackup ./half.sql -IdentityFile ./no-such.key", "IdentityFileInvalid", ErrorCategory.InvalidArgument, null },
        { "Backup-MidstDatabase crm @to -Recipient age1nonsense", "InvalidArgument", ErrorCategory.InvalidArgument, null },
        { "Backup-MidstDatabase crm @to -Repository ./novel.sql", "RepositoryNotFound", ErrorCategory.ObjectNotFound, null },
        { "Backup-MidstDatabase crm @to -BinDirectory ./empty", "PgDumpNotFound", ErrorCategory.NotInstalled, null },
        { "Get-MidstBackup", "RepositoryNotFound", ErrorCategory.ObjectNotFound, null },
        { "Get-MidstBackup -Id no_such -Repository ./empty", "BackupNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Test-MidstBackup -Id no_such -Repository ./empty", "BackupNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Test-MidstBackup -Database no_such -Latest -Repository ./empty", "BackupNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Test-MidstBackup ./no-such.sql.gz", "BackupNotFound", ErrorCategory.ObjectNotFound, "./no-such.sql.gz" },
        { "Test-MidstBackup -LiteralPath ./no-such.sql.gz", "BackupNotFound", ErrorCategory.ObjectNotFound, null },
        { "Restore-MidstDatabase -Id no_such -Repository ./empty @to", "BackupNotFound", ErrorCategory.ObjectNotFound, "no_such" },
        { "Restore-MidstDatabase ./half.sql @to", "InvalidArgument", ErrorCategory.InvalidArgument, "half" },
        { "Restore-MidstDatabase ./half.sql -TargetDatabase never @to", "BackupCorrupt", ErrorCategory.InvalidData, "half.sql" },
        { "Restore-MidstDatabase ./novel.sql -TargetDatabase never @to", "ScriptInvalid", ErrorCategory.InvalidData, null },
        { "New-MidstSandbox -BinDirectory ./empty", "ServerBinariesNotFound", ErrorCategory.NotInstalled, null },
        { "New-MidstSandbox -MinimumVersion 99", "ServerBinariesNotFound", ErrorCategory.NotInstalled, null },
        { "Remove-MidstSandbox no_such", "SandboxNotFound", ErrorCategory.ObjectNotFound, "no_such" },
    };

    public void Dispose() => _desk.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bad_input_is_one_error_that_says_what_to_do(string script, string id, ErrorCategory category, string? target)
    {
        PsResult result = _desk.Shell.Run(script);

        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith(id + ",InMidst.Backup.Commands.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(category, error.CategoryInfo.Category);
        if (target is not null)
            Assert.Equal(target, error.TargetObject);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.NotEmpty(error.ToString());
        Assert.Empty(result.Output);
        AssertNoPassword(result);
        Assert.Empty(_desk.Repository);
    }

    [Fact]
    public async Task A_database_that_holds_something_is_not_restored_over()
    {
        ErrorRecord error = _desk.Error("Backup-MidstDatabase crm @to | Restore-MidstDatabase -TargetDatabase midst_one @to");

        Assert.StartsWith("TargetNotEmpty,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ResourceExists, error.CategoryInfo.Category);
        Assert.Equal("midst_one", error.TargetObject);
        Assert.Equal("100", await _fixture.Server.PsqlAsync("midst_one", "SELECT count(*) FROM people"));
    }

    [Fact]
    public void Stop_makes_any_error_the_end_of_the_script()
    {
        PsResult result = _desk.Shell.Run("Backup-MidstDatabase no_such, crm @to -ErrorAction Stop; 'not reached'");

        Assert.StartsWith("DatabaseNotFound,", result.Failure!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.Empty(_desk.Repository);
    }

    [Fact]
    public void Stop_can_be_caught_by_the_id()
    {
        Assert.Equal("DatabaseNotFound", _desk.One(
            "try { Backup-MidstDatabase no_such @to -ErrorAction Stop } catch { ($_.FullyQualifiedErrorId -split ',')[0] }").ToString());
    }

    [Fact]
    public void SilentlyContinue_is_silent_and_ErrorVariable_keeps_it()
    {
        PsResult result = _desk.Shell.Run(
            "Backup-MidstDatabase no_such, crm @to -ErrorAction SilentlyContinue -ErrorVariable kept; $kept.Count; $kept[0].TargetObject");

        Assert.Empty(result.Errors);
        Assert.Equal("crm", result.Output[0].Text("Database"));
        Assert.Equal([1, "no_such"], result.Values.Skip(1));
    }

    [Fact]
    public void A_wrong_password_is_shown_nowhere()
    {
        PsResult result = _desk.Shell.Run("""
            $DebugPreference = 'Continue'
            Backup-MidstDatabase crm @wrong -Verbose
            Get-MidstDatabase @wrong -Verbose
            Get-MidstDatabase -ConnectionString "host=$server port=$port user=$user password=hunter2-wrong" -Verbose
            foreach ($e in $Error) { $e.Exception.ToString() }
            """);

        Assert.Equal(3, result.Errors.Count);
        Assert.NotEmpty(result.Verbose);
        AssertNoPassword(result);
    }

    private void AssertNoPassword(PsResult result)
    {
        IEnumerable<string> said = result.Errors
            .SelectMany(e => new[] { e.ToString(), e.Exception.ToString(), e.ErrorDetails?.RecommendedAction ?? "", e.TargetObject?.ToString() ?? "" })
            .Concat(result.Verbose).Concat(result.Debug).Concat(result.Warnings)
            .Concat(result.Progress.Select(p => p.ToString()))
            .Concat(result.Output.Select(o => o?.ToString() ?? ""));
        Assert.All(said, text =>
        {
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
            Assert.DoesNotContain(_fixture.Server.Password, text, StringComparison.Ordinal);
        });
    }
}
