using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Connections;

/// <summary>Changes the variables of the process, so nothing else may run beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessEnvironmentCollection
{
    public const string Name = "process environment";
}

[Collection(ProcessEnvironmentCollection.Name)]
public sealed class InheritedEnvironmentTests(PostgresFixture fixture) : IDisposable
{
    private readonly List<(string Name, string? Before)> _changed = [];

    [Fact]
    public async Task No_variable_of_the_process_reaches_a_session()
    {
        Set("PGOPTIONS", "-c work_mem=77MB");
        Set("PGTZ", "Asia/Tokyo");
        Set("PGCLIENTENCODING", "LATIN1");
        Set("PGAPPNAME", "stranger");
        Set("PGDATABASE", "absent");
        Set("PGUSER", "absent");
        Set("PGREQUIREAUTH", "GSS");
        Set("PGTARGETSESSIONATTRS", "standby");
        Set("PGSSLNEGOTIATION", "Direct");
        Set("PGGSSENCMODE", "Require");
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(Address(fixture.Server.Password), "postgres", ConnectorOptions.Default, default);
        await using var command = new NpgsqlCommand(
            "SELECT concat_ws('|', current_setting('work_mem'), current_setting('TimeZone'), current_setting('client_encoding'), "
            + "current_setting('application_name'), current_user)", connection);
        Assert.Equal("4MB|UTC|UTF8|InMidst.Backup|postgres", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task No_password_is_found_that_was_not_resolved()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"*:*:*:*:{fixture.Server.Password}\n");
            Set("PGPASSFILE", file);
            BackupException refused = await Assert.ThrowsAsync<BackupException>(
                () => PostgresConnector.OpenAsync(Address(password: null), "postgres", ConnectorOptions.Default, default));
            Assert.Equal(ErrorIds.AuthenticationFailed, refused.Id);
            Set("PGPASSWORD", fixture.Server.Password);
            await Assert.ThrowsAsync<BackupException>(
                () => PostgresConnector.OpenAsync(Address(password: null), "postgres", ConnectorOptions.Default, default));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_resolver_is_given_what_the_process_has()
    {
        Set("PGHOST", "from-the-process");
        Assert.Equal("from-the-process", ConnectionResolver.Resolve(new(), ConnectionResolver.ProcessEnvironment()).Host);
    }

    public void Dispose()
    {
        for (int index = _changed.Count - 1; index >= 0; index--)
            Environment.SetEnvironmentVariable(_changed[index].Name, _changed[index].Before);
    }

    private void Set(string name, string value)
    {
        _changed.Add((name, Environment.GetEnvironmentVariable(name)));
        Environment.SetEnvironmentVariable(name, value);
    }

    private ServerAddress Address(string? password) => ConnectionResolver.Resolve(
        new() { HostName = fixture.Server.LoopbackHost, Port = fixture.Server.Port, UserName = "postgres", Password = password },
        new Dictionary<string, string> { ["PGPASSFILE"] = "/dev/null/none" });
}
