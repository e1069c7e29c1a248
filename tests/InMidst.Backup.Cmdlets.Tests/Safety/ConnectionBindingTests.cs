using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Help;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Safety;

/// <summary>A piped object says where a backup is taken from, and never where one is restored to.</summary>
[Collection(ProcessEnvironment.Name)]
public sealed class ConnectionBindingTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public static TheoryData<string> ConnectionParameters() =>
    [
        "HostName", "Port", "UserName", "Credential", "SslMode", "SslRootCertificate", "SslCertificate", "SslKey", "ConnectionString",
        "Service", "BinDirectory", "Repository",
    ];

    public void Dispose() => _desk.Dispose();

    [Theory]
    [MemberData(nameof(ConnectionParameters))]
    public void Restore_and_test_take_no_connection_from_the_pipeline(string parameter)
    {
        foreach (string cmdlet in new[] { "Restore-MidstDatabase", "Test-MidstBackup" })
            Assert.All(Sets(cmdlet, parameter), set => Assert.False(set.ValueFromPipeline || set.ValueFromPipelineByPropertyName, cmdlet));
    }

    [Fact]
    public void Nor_does_the_name_of_the_target_come_from_the_pipeline() =>
        Assert.All(
            Sets("Restore-MidstDatabase", "TargetDatabase").Concat(Sets("Restore-MidstDatabase", "MaintenanceDatabase")),
            set => Assert.False(set.ValueFromPipeline || set.ValueFromPipelineByPropertyName));

    [Theory]
    [InlineData("HostName")]
    [InlineData("Port")]
    [InlineData("UserName")]
    [InlineData("Credential")]
    [InlineData("SslMode")]
    [InlineData("SslRootCertificate")]
    [InlineData("SslCertificate")]
    [InlineData("SslKey")]
    public void What_reads_a_source_takes_the_connection_from_the_pipeline(string parameter)
    {
        foreach (string cmdlet in new[] { "Backup-MidstDatabase", "Get-MidstDatabase" })
            Assert.All(Sets(cmdlet, parameter), set => Assert.True(set.ValueFromPipelineByPropertyName, cmdlet));
    }

    [Fact]
    public void A_backup_of_an_unreachable_host_is_restored_where_the_user_says()
    {
        _desk.Run("$backup = Backup-MidstDatabase crm @to");
        FromNowhere();

        PSObject restored = _desk.One("$elsewhere | Restore-MidstDatabase -TargetDatabase from_nowhere @to");

        Assert.Equal(fixture.Server.Host, restored.Text("HostName"));
        Assert.Equal(fixture.Server.Port, restored.Get("Port"));
    }

    [Fact]
    public void A_backup_of_an_unreachable_host_is_restored_to_the_server_of_the_environment()
    {
        using var environment = new EnvironmentScope(EnvironmentScope.Of(fixture.Server));
        _desk.Run("$backup = Backup-MidstDatabase crm");
        FromNowhere();

        Assert.Equal(fixture.Server.Host, _desk.One("$elsewhere | Restore-MidstDatabase -TargetDatabase from_nowhere_2").Text("HostName"));
    }

    [Theory]
    [InlineData("Content", "")]
    [InlineData("Restore", "")]
    [InlineData("Restore", "@to")]
    public void A_backup_of_an_unreachable_host_is_tested_without_it(string level, string where)
    {
        _desk.Run("$backup = Backup-MidstDatabase crm @to");
        FromNowhere();

        Assert.Equal([true], _desk.Run($"$elsewhere | Test-MidstBackup -Level {level} {where} -Quiet").Values);
    }

    [Fact]
    public void A_database_without_credential_asks_nobody()
    {
        int asked = 0;
        using var desk = new Desk(fixture, new AnsweringHost((_, _) => asked++));
        desk.Run("$database = [InMidst.Backup.MidstDatabase]@{ Database = 'crm'; HostName = $server; Port = $port; UserName = $user }");

        ErrorRecord error = desk.Error("$database | Backup-MidstDatabase");

        // Without a password the server of the test lets nobody in; the host throws at every prompt for credentials.
        Assert.StartsWith("AuthenticationFailed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(0, asked);
    }

    /// <summary>The backup with an origin that does not answer, under every name that a connection parameter has.</summary>
    private void FromNowhere() => _desk.Run("""
        $elsewhere = [psobject]::AsPSObject([InMidst.Backup.MidstBackup]@{
            Id = $backup.Id; Database = $backup.Database; Repository = $backup.Repository; Path = $backup.Path
            SourceHost = '192.0.2.1'; SourcePort = 1
        })
        foreach ($note in @{ HostName = '192.0.2.1'; Port = 1; UserName = 'nobody'; SslMode = 'VerifyFull'; Service = 'nowhere' }.GetEnumerator()) {
            $elsewhere.PSObject.Properties.Add([psnoteproperty]::new($note.Key, $note.Value))
        }
        """);

    private IEnumerable<ParameterSetMetadata> Sets(string cmdlet, string parameter)
    {
        var info = (CommandInfo)_desk.One($"Get-Command {cmdlet}").BaseObject;
        Assert.True(info.Parameters.ContainsKey(parameter), $"{cmdlet} has no parameter {parameter}.");
        return info.Parameters[parameter].ParameterSets.Values;
    }
}
