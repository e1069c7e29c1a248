using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Sandbox;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Sandbox;

public sealed class SandboxServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_answers_to_its_password_and_refuses_another()
    {
        await using var place = new SandboxPlace();
        await using SandboxServer server = await place.StartAsync(Token);

        Assert.StartsWith(server.Version, await AskAsync(server, "SHOW server_version"));
        Assert.Equal("UTF8 C", await AskAsync(server,
            "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_database WHERE datname = 'postgres'"));
        Assert.Equal(32, server.Password.Length);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(server, "SELECT 'in'", "wrong"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.DoesNotContain(server.Password, server.ToString());
    }

    [Fact]
    public async Task It_listens_on_a_socket_only_and_waits_for_no_disk()
    {
        await using var place = new SandboxPlace();
        await using SandboxServer server = await place.StartAsync(Token);

        Assert.StartsWith(place.Root, server.HostName);
        Assert.Equal("", await AskAsync(server, "SHOW listen_addresses"));
        Assert.Equal("off off off", await AskAsync(server,
            "SELECT current_setting('fsync') || ' ' || current_setting('full_page_writes') || ' ' || current_setting('synchronous_commit')"));
        Assert.Equal("logical", await AskAsync(server, "SHOW wal_level"));
    }

    [Fact]
    public async Task A_server_for_a_proof_does_nothing_in_the_background_and_takes_further_settings()
    {
        await using var place = new SandboxPlace();
        var settings = new Dictionary<string, string> { ["work_mem"] = "7MB", ["my.note"] = @"it's a \n quote" };
        await using SandboxServer server = await place.StartAsync(new SandboxOptions { ForProof = true, Settings = settings }, Token);

        Assert.Equal("minimal 0 off", await AskAsync(server,
            "SELECT current_setting('wal_level') || ' ' || current_setting('max_logical_replication_workers') || ' ' || current_setting('autovacuum')"));
        Assert.Equal("off off 1d 80", await AskAsync(server,
            "SELECT current_setting('data_checksums') || ' ' || current_setting('wal_recycle') || ' ' || current_setting('checkpoint_timeout') || ' ' || current_setting('max_connections')"));
        Assert.Equal("7MB", await AskAsync(server, "SHOW work_mem"));
        Assert.Equal(@"it's a \n quote", await AskAsync(server, "SHOW my.note"));
    }

    [Fact]
    public async Task Two_run_at_once_and_the_end_of_one_leaves_the_other()
    {
        await using var place = new SandboxPlace();
        await using SandboxServer first = await place.StartAsync(Token);
        await using SandboxServer second = await place.StartAsync(Token);
        Assert.NotEqual(first.Password, second.Password);
        string[] listed = [.. (await SandboxServer.ListAsync(place.Root, Token)).Select(one => one.Id)];
        Assert.Equal(new[] { first.Id, second.Id }.Order(StringComparer.Ordinal), listed);

        // The second one's keeper must not hold the first one's pipe open.
        await first.DisposeAsync();
        Assert.False(ProcessTable.Runs(first.ProcessId));
        Assert.False(Directory.Exists(first.Directory));
        Assert.Equal("2", await AskAsync(second, "SELECT '2'"));
    }

    [Fact]
    public async Task Disposing_stops_the_server_and_deletes_its_directory_and_can_be_repeated()
    {
        await using var place = new SandboxPlace();
        SandboxServer server = await place.StartAsync(Token);
        Assert.True(ProcessTable.Runs(server.ProcessId));

        await server.DisposeAsync();
        Assert.False(ProcessTable.Runs(server.ProcessId));
        Assert.False(Directory.Exists(server.Directory));
        Assert.Empty(place.Processes());
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_makes_it_listen_on_loopback()
    {
        await using var place = new SandboxPlace($"/tmp/midst-test-{Guid.NewGuid():N}{Guid.NewGuid():N}");
        await using SandboxServer server = await place.StartAsync(Token);

        Assert.Equal("127.0.0.1", server.HostName);
        Assert.InRange(server.Port, 1024, 65535);
        Assert.Equal("127.0.0.1", await AskAsync(server, "SHOW listen_addresses"));
        await Assert.ThrowsAsync<PostgresException>(() => AskAsync(server, "SELECT 'in'", "wrong"));
    }

    [Theory]
    [InlineData("Making")]
    [InlineData("Starting")]
    public async Task Cancelling_a_start_leaves_nothing(string step)
    {
        await using var place = new SandboxPlace();
        using var cancel = new CancellationTokenSource();
        var progress = new CancelAt(step, cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => place.StartAsync(new SandboxOptions(), cancel.Token, progress));
        Assert.True(progress.Reached);
        Assert.Empty(Directory.GetFileSystemEntries(place.Root));
        await place.IsEmptyAsync();
    }

    [Fact]
    public async Task A_server_that_does_not_start_says_why_and_leaves_nothing()
    {
        await using var place = new SandboxPlace();
        var settings = new Dictionary<string, string> { ["shared_buffers"] = "banana" };
        var failure = await Assert.ThrowsAsync<BackupException>(
            () => place.StartAsync(new SandboxOptions { Settings = settings }, Token));

        Assert.Equal(ErrorIds.SandboxFailed, failure.Id);
        Assert.Contains("banana", failure.Message);
        Assert.Empty(Directory.GetFileSystemEntries(place.Root));
    }

    [Theory]
    [InlineData("fsync = on\nport", "1")]
    [InlineData("work_mem", "1MB'\nshared_preload_libraries = 'x")]
    public async Task A_setting_cannot_smuggle_in_another(string name, string value)
    {
        await using var place = new SandboxPlace();
        var failure = await Assert.ThrowsAsync<BackupException>(
            () => place.StartAsync(new SandboxOptions { Settings = new Dictionary<string, string> { [name] = value } }, Token));
        Assert.Equal(ErrorIds.InvalidArgument, failure.Id);
        Assert.False(Directory.Exists(place.Root));
    }

    [Fact]
    public async Task The_servers_environment_holds_nothing_of_ours()
    {
        Environment.SetEnvironmentVariable("MIDST_TEST_SECRET", "cloud-key");
        await using var place = new SandboxPlace();
        await using SandboxServer server = await place.StartAsync(Token);

        string environment = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/environ", Token);
        Assert.Contains("PATH=", environment);
        Assert.DoesNotContain("cloud-key", environment);
    }

    internal static async Task<string?> AskAsync(SandboxServer server, string query, string? password = null)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = server.HostName,
            Port = server.Port,
            Username = server.UserName,
            Password = password ?? server.Password,
            Database = server.Database,
            Pooling = false,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(query, connection);
        return (string?)await command.ExecuteScalarAsync(Token);
    }

    private sealed class CancelAt(string step, CancellationTokenSource source) : IProgress<string>
    {
        public bool Reached { get; private set; }

        public void Report(string value)
        {
            if (!value.StartsWith(step))
                return;
            Reached = true;
            // Soon, while the program of that step runs.
            source.CancelAfter(TimeSpan.FromMilliseconds(60));
        }
    }
}
