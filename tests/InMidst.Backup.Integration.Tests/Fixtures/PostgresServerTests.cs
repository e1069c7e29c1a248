using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Fixtures;

public sealed class PostgresServerTests(PostgresFixture fixture)
{
    private PostgresServer Server => fixture.Server;

    [Fact]
    public async Task It_answers_through_its_socket_as_superuser()
    {
        Assert.Equal("postgres|t", await Server.PsqlAsync("postgres", "SELECT current_user, usesuper FROM pg_user WHERE usename = current_user"));
        Assert.StartsWith(Server.Major.ToString(), await Server.PsqlAsync("postgres", "SHOW server_version"));
    }

    [Fact]
    public async Task It_listens_on_loopback_and_demands_the_password_there_and_on_the_socket()
    {
        foreach (string host in new[] { Server.Host, Server.LoopbackHost })
        {
            Assert.Equal("1", await PsqlThrough(host, Server.Password));
            PostgresServerException refused = await Assert.ThrowsAsync<PostgresServerException>(() => PsqlThrough(host, "wrong"));
            Assert.Contains("password authentication failed", refused.Message);
        }
    }

    [Fact]
    public async Task Psql_stops_at_the_first_error_and_says_which()
    {
        PostgresServerException failure = await Assert.ThrowsAsync<PostgresServerException>(
            () => Server.PsqlAsync("postgres", "SELECT 1/0; CREATE DATABASE never_made;"));
        Assert.Contains("division by zero", failure.Message);
        Assert.Equal("0", await Server.PsqlAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname = 'never_made'"));
    }

    [Fact]
    public async Task A_dump_in_gzip_goes_back_in_through_gunzip_and_psql()
    {
        await Server.CreateDatabaseAsync("dump \"source\" = 1");
        await Server.CreateDatabaseAsync("dump_target", "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
        await Server.PsqlAsync("dump \"source\" = 1", "CREATE TABLE t AS SELECT 'né' AS word FROM generate_series(1, 1000)");
        string file = Path.GetTempFileName();
        try
        {
            await using (var gzip = new GZipStream(File.Create(file), CompressionLevel.Fastest))
                await gzip.WriteAsync(Encoding.UTF8.GetBytes(await Server.PgDumpAsync("dump \"source\" = 1", "--no-owner")));
            await Server.RestoreThroughPsqlAsync("dump_target", file);
            Assert.Equal("1000|2", await Server.PsqlAsync("dump_target", "SELECT count(*), max(octet_length(word)) FROM t"));

            await using (FileStream cut = File.OpenWrite(file))
                cut.SetLength(cut.Length - 10);
            await Assert.ThrowsAsync<PostgresServerException>(() => Server.RestoreThroughPsqlAsync("postgres", file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_script_file_is_run()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "CREATE DATABASE from_a_file;");
            await Server.PsqlFileAsync("postgres", file);
            Assert.Equal("1", await Server.PsqlAsync("from_a_file", "SELECT 1"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_server_of_ones_own_takes_settings_is_stopped_killed_started_again_and_leaves_nothing()
    {
        string directory;
        await using (PostgresServer own = await PostgresServer.StartAsync(new Dictionary<string, string> { ["max_connections"] = "7" }))
        {
            directory = Path.GetDirectoryName(own.DataDirectory)!;
            Assert.Equal("7", await own.PsqlAsync("postgres", "SHOW max_connections"));
            await own.StopAsync();
            await Assert.ThrowsAsync<PostgresServerException>(() => own.PsqlAsync("postgres", "SELECT 1"));
            await own.StartAgainAsync();
            await own.KillAsync();
            await Assert.ThrowsAsync<PostgresServerException>(() => own.PsqlAsync("postgres", "SELECT 1"));
            await own.StartAgainAsync();
            Assert.Equal("1", await own.PsqlAsync("postgres", "SELECT 1"));
            Assert.Contains("database system was interrupted", own.ReadLog());
        }

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task When_the_test_process_is_killed_server_and_directory_disappear()
    {
        using Process holder = HeldServer.StartHolder();
        string directory = (await holder.StandardOutput.ReadLineAsync())!;
        using Process postmaster = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(directory, "data", "postmaster.pid")).First()));
        holder.Kill();
        await holder.WaitForExitAsync();
        await postmaster.WaitForExitAsync();

        // The directory goes right after its server; its name disappearing from /tmp is what is awaited.
        var gone = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher("/tmp", Path.GetFileName(directory));
        watcher.Deleted += (_, _) => gone.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (Directory.Exists(directory))
            await gone.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(Directory.Exists(directory));
    }

    private async Task<string> PsqlThrough(string host, string password)
    {
        string program = Path.Combine(PostgresPrograms.FindClient(Server.BinDirectory), "psql");
        var start = new ProcessStartInfo(program, ["-X", "-A", "-t", "-c", "SELECT 1"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Server.Environment)
            start.Environment[name] = value;
        (start.Environment["PGHOST"], start.Environment["PGPASSWORD"]) = (host, password);
        using Process psql = Process.Start(start)!;
        Task<string> errors = psql.StandardError.ReadToEndAsync();
        string output = await psql.StandardOutput.ReadToEndAsync();
        await psql.WaitForExitAsync();
        return psql.ExitCode == 0 ? output.Trim() : throw new PostgresServerException(await errors);
    }
}
